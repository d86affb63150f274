// People whose eyes, hands, browser or language are not what most designers have: large text, wide spacing, own
// colours, a keyboard only, a screen reader, script from right to left. Each looks at every kind of page.
import { DESKTOP, answerFirst, audit, axe, check, equal, open, press, server, turn } from './lib.mjs';

const next = 'button[name=action][value=next]:not(.unseen)';

// A style sheet of the reader's own, as browsers and extensions let people have.
const restyle = (page, css) => page.evaluate((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [sheet];
}, css);

// Text that a box cuts off, and pixels beyond the right or left edge.
const misfits = (page) => page.evaluate(() => {
  const root = document.documentElement;
  // What is folded away keeps the layout that it had when it was last seen, or none.
  document.querySelectorAll('details').forEach((one) => { one.open = true; });
  const cut = [...document.querySelectorAll('body *:not(.unseen)')]
    .filter((one) => getComputedStyle(one).overflowX !== 'visible' && one.tagName !== 'PROGRESS' &&
      one.tagName !== 'TEXTAREA' && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
    .map((one) => one.outerHTML.slice(0, 80));
  const outside = [...document.querySelectorAll('main *, header *, footer *')]
    .filter((one) => !one.matches('.skip, .unseen, option'))
    .filter((one) => {
      const { left, right, width } = one.getBoundingClientRect();
      return width > 0 && (left < -1 || right > root.clientWidth + 1);
    }).map((one) => one.outerHTML.slice(0, 80));
  return [...cut, ...outside, ...(root.scrollWidth > root.clientWidth ? ['scrolls sideways'] : [])].join('\n');
});

// References between elements that lead nowhere, or to nothing that can be read out.
const dangling = (page) => page.evaluate(() => {
  const wrong = [];
  for (const name of ['aria-describedby', 'aria-labelledby', 'for', 'form']) {
    for (const one of document.querySelectorAll(`[${name}]`)) {
      for (const id of one.getAttribute(name).split(/\s+/)) {
        const to = document.getElementById(id);
        if (!to || (name !== 'form' && name !== 'for' && to.textContent.trim() === '')) {
          wrong.push(`${name}=${id}`);
        }
      }
    }
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    wrong.push(...(document.querySelector(link.getAttribute('href')) ? [] : [link.outerHTML]));
  }
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  wrong.push(...ids.filter((id, i) => ids.indexOf(id) !== i));
  return wrong.join(' ');
});

// Each stop of Tab: what has the focus, whether it shows, and whether anything lies over it.
async function tabStops(page) {
  const stops = [];
  await page.focus('button.unseen, .skip'); // where the page begins
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) {
        return null;
      }
      const ring = (element) => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      };
      const label = one.closest('label');
      const box = (label ?? one).getClientRects()[0]; // a link may stand on two lines
      const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
      return { what: one.outerHTML.slice(0, 100), seen: ring(one) || Boolean(label && ring(label)),
        free: Boolean(at) && ((label ?? one).contains(at) || at.contains(one)) };
    });
    if (!stop) {
      break;
    }
    stops.push(stop);
  }
  return stops;
}

export const tests = ({ base, post, person }) => {
  // Goes through every kind of page, and calls `look` on each.
  async function everyPage(look, options = { viewport: DESKTOP }) {
    for (const campaign of ['utbildning', 'hinder', 'blandat']) {
      const page = await person(options);
      await open(page, post.take(campaign).link);
      await look(page, `${campaign} start`);
      await press(page, 'start');
      for (let number = 1; await page.$('#answers'); number++) {
        if (await page.$('.must')) {
          await press(page, 'next');
          check(await page.$('.summary:focus'), 'what must be answered, is not');
          await look(page, `${campaign} page ${number}, not answered`);
        }
        await answerFirst(page);
        const areas = await page.$$('textarea');
        if (areas.length > 0) {
          await page.$eval('textarea', (area) => area.removeAttribute('maxlength'));
          await areas[0].fill('ord '.repeat(200));
          await press(page, 'next');
          check(await page.$('.summary'), 'a mistake');
          await look(page, `${campaign} mistake`);
          await page.fill('textarea', 'kort');
        }
        await look(page, `${campaign} page ${number}`);
        await press(page, 'next');
      }
      await look(page, `${campaign} end`);
      await page.context().close();
    }
    const page = await person(options);
    for (const path of ['/verify', '/accessibility', '/nothing']) {
      await open(page, `${base}${path}`);
      await look(page, path);
    }
    await page.context().close();
  }

  return {
    async 'large text, wide spacing: nothing is cut off and nothing scrolls sideways'() {
      await everyPage(async (page, name) => {
        for (const [what, css, width] of [
          ['200 % text', 'html { font-size: 212.5% !important }', 1280],
          ['200 % text on a tablet', 'html { font-size: 212.5% !important }', 768],
          ['spacing of WCAG 1.4.12', `* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`, 320],
          ['400 % zoom', '', 320],
        ]) {
          await page.setViewportSize({ width, height: width === 320 ? 256 : 900 });
          await restyle(page, css);
          equal(await misfits(page), '', `${name}: ${what}`);
        }
        await restyle(page, '');
      });
    },

    async 'own colours: what is chosen, pressed and in focus still shows'() {
      await everyPage(async (page, name) => {
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ forcedColors: 'active', colorScheme, reducedMotion: 'reduce' });
          await axe(page, `${name}, forced colours, ${colorScheme}`);
          const marks = await page.evaluate(() => {
            const width = (one, name) => one ? parseFloat(getComputedStyle(one)[name]) : null;
            const style = (one, name) => one ? getComputedStyle(one)[name] : null;
            return { chosen: style(document.querySelector('.option:has(:checked)'), 'outlineStyle'),
              button: width(document.querySelector('.press button'), 'borderTopWidth'),
              progress: width(document.querySelector('progress'), 'borderTopWidth') };
          });
          check(marks.chosen === null || marks.chosen === 'solid', `${name}: what is chosen`);
          check(marks.button === null || marks.button >= 1, `${name}: the button's edge`);
          check(marks.progress === null || marks.progress >= 1, `${name}: the edge of the progress bar`);
        }
        await page.emulateMedia({ forcedColors: 'none', colorScheme: 'light', reducedMotion: null });
      });
    },

    async 'by keyboard: all is reached, the focus shows and is not covered'() {
      await everyPage(async (page, name) => {
        const stops = await tabStops(page);
        const wanted = await page.$$eval('a[href], button:not(.unseen), textarea, select, input:not([type=hidden])',
          (all) => new Set(all.filter((one) => one.tabIndex >= 0 && one.checkVisibility())
            .map((one) => one.type === 'radio' ? one.name : one.outerHTML)).size);
        check(stops.length + 1 >= wanted, `${name}: ${stops.length} stops, ${wanted} wanted`);
        for (const stop of stops) {
          check(stop.seen, `${name}: the focus does not show on ${stop.what}`);
          check(stop.free, `${name}: covered: ${stop.what}`);
        }
      });
    },

    async 'labels, errors and landmarks are tied together; nothing hurries anyone'() {
      await everyPage(async (page, name) => {
        equal(await dangling(page), '', `${name}: references`);
        const seen = await page.evaluate(() => ({
          landmarks: ['header', 'main', 'footer'].map((one) => document.querySelectorAll(`body > ${one}`).length).join(''),
          hurry: document.querySelectorAll('meta[http-equiv=refresh], marquee, [autoplay]').length,
          unnamed: [...document.querySelectorAll('fieldset')].filter((one) => !one.querySelector('legend')).length,
          help: document.querySelectorAll('footer a[href^="mailto:"], footer a[href*="/accessibility"]').length,
        }));
        equal(seen.landmarks, '111', `${name}: header, main, footer`);
        equal(seen.hurry, 0, `${name}: time limits`);
        equal(seen.unnamed, 0, `${name}: groups without a name`);
        equal(seen.help, 2, `${name}: help in the same place`);
        if (/mistake/.test(name)) {
          check(await page.$('.summary:focus'), `${name}: the summary has the focus`);
          const told = await page.$eval('textarea[aria-invalid=true]', (area) => area.getAttribute('aria-describedby')
            .split(' ').map((id) => document.getElementById(id).textContent).join(' '));
          check(/för långt/.test(told), `${name}: the field says what is wrong`);
        }
      });
    },

    async 'from right to left: mirrored, and nothing sticks out'() {
      await everyPage(async (page, name) => {
        await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
        for (const width of [320, 768, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          equal(await misfits(page), '', `${name} at ${width}`);
          const seen = await page.evaluate(() => {
            const start = (one) => one && one.getBoundingClientRect().right;
            const input = document.querySelector('.options .option input');
            const border = (one, side) => one ? parseFloat(getComputedStyle(one)[`border${side}Width`]) : null;
            const marked = document.querySelector('.promise, .outcome');
            const choice = input?.closest('.item:not(.scale)');
            return { choice: choice ? start(input) > start(input.nextElementSibling) - 1 : true,
              marked: marked ? border(marked, 'Right') > border(marked, 'Left') : true,
              text: getComputedStyle(document.querySelector('h1')).textAlign };
          });
          check(seen.choice, `${name} at ${width}: the box stands to the right of its text`);
          check(seen.marked, `${name} at ${width}: the mark is at the right edge`);
          check(seen.text === 'start' || seen.text === 'right', `${name}: text begins at the right`);
        }
      });
    },

    async 'reduced motion: nothing moves'() {
      await everyPage(async (page, name) => {
        await page.emulateMedia({ reducedMotion: 'reduce' });
        const moving = await page.$$eval('body *', (all) => all.filter((one) => {
          const style = getComputedStyle(one);
          return style.transitionDuration !== '0s' || style.animationName !== 'none' || style.scrollBehavior === 'smooth';
        }).length);
        equal(moving, 0, name);
      });
    },

    async 'a screen reader is told what happens: the new page, what is saved, what failed'() {
      const page = await person({ rough: true });
      await open(page, post.take('utbildning').link);
      await press(page, 'start');
      await press(page, 'next');
      check(await page.$('h1:focus'), 'the heading of the new page has the focus');
      equal(await page.getAttribute('#state', 'role'), 'status', 'a quiet message');
      equal(await page.getAttribute('#trouble', 'role'), 'alert', 'an urgent message');
      await page.context().setOffline(true);
      await page.click(next);
      await page.waitForSelector('#trouble button');
      await axe(page, 'while the network is lost');
      equal(await misfits(page), '', 'while the network is lost');
      await turn(page, async () => page.context().setOffline(false));
      check(await page.$('h1:focus'), 'the heading of the new page has the focus');
    },

    async 'the accessibility statement says what the organisation has set'() {
      const page = await person({ rough: true });
      await open(page, `${base}/accessibility`);
      check(/inte gjort någon bedömning ännu/.test(await page.textContent('main')), 'not assessed');
      Object.assign(process.env, {
        VETKOLL_ACCESSIBILITY_STATUS: 'partial',
        VETKOLL_ACCESSIBILITY_ISSUES_SV: 'Bilden i fråga 3 saknar text <b>. | Filmen är inte syntolkad.',
        VETKOLL_ACCESSIBILITY_ISSUES_EN: 'The picture of question 3 has no text. | The film is not described.',
        VETKOLL_ACCESSIBILITY_METHOD_SV: 'Egen granskning med skärmläsare.',
        VETKOLL_ACCESSIBILITY_ASSESSED_ON: '2026-11-20',
        VETKOLL_ACCESSIBILITY_UPDATED_ON: '2026-11-21',
        VETKOLL_ACCESSIBILITY_CONTACT: 'tillganglighet@kommun.example',
        VETKOLL_ACCESSIBILITY_PHONE: '0123-45 67 89',
      });
      await server.stop();
      await server.start(base);
      await open(page, `${base}/accessibility`);
      const text = await page.textContent('main');
      for (const words of ['delvis förenlig', 'saknar text <b>.', 'Filmen är inte syntolkad.', 'Egen granskning',
        '2026-11-20', '2026-11-21', 'Digg']) {
        check(text.includes(words), `statement: ${words}`);
      }
      for (const href of ['mailto:tillganglighet@kommun.example', 'tel:0123456789', 'https://www.digg.se/tdosanmalan']) {
        check(await page.$(`main a[href="${href}"]`), `statement: ${href}`);
      }
      await audit(page, 'statement', 'sv');
      await open(page, `${base}/accessibility?lang=en`);
      check(/partially compliant/.test(await page.textContent('main')), 'in English');
      await audit(page, 'statement', 'en');
      await open(page, `${base}/accessibility?lang=sv-x-lattlast`);
      check(/följer de flesta kraven, men inte alla/.test(await page.textContent('main')), 'in easy Swedish');
      await audit(page, 'statement', 'sv-x-lattlast');
    },
  };
};
