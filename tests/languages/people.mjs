// People who read another language than the program's own. Usage: node people.mjs BASE_URL MAILDIR; see
// tests/languages/run. Prints a line a test, exits 1 on a failure.
import { PHONE, Post, answerFirst, audit, check, equal, launch, press, turn } from '../browser/lib.mjs';

const [base, maildir] = process.argv.slice(2);
const browser = await launch();
const post = new Post(maildir);

async function person() {
  const context = await browser.newContext({ viewport: PHONE, locale: 'sv-SE', javaScriptEnabled: false });
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  return page;
}

const easy = 'sv-x-lattlast';

async function easyReader() {
  const context = await browser.newContext({ viewport: PHONE, locale: 'sv-SE', bypassCSP: true });
  const page = await context.newPage();
  page.on('dialog', (dialog) => dialog.accept()); // "leave the page?" of anonymous answers
  return page;
}

// axe-core is a script of ours, so it needs a window where the page may not have any.
async function look(url, name, lang) {
  const context = await browser.newContext({ viewport: PHONE, locale: 'sv-SE', bypassCSP: true });
  const page = await context.newPage();
  equal((await page.goto(url)).status(), 200, `${name}: status`);
  await audit(page, name, lang);
  await context.close();
}

const change = (page, selector) => turn(page, () => page.click(selector));
const html = (page, name) => page.getAttribute('html', name);

const words = async (page) => (await page.textContent('form')).replace(/\s+/g, ' ');

// How far an element is from either side of the window.
const sides = async (page, selector) => {
  const box = await (await page.$(selector)).boundingBox();
  return { left: box.x, right: page.viewportSize().width - box.x - box.width };
};

const tests = {
  async 'a language added by files is in the menu, and its page goes from right to left'() {
    const page = await person();
    const mail = post.take('utbildning');
    await page.goto(mail.link);
    equal((await page.$$eval('.language', (all) => all.map((one) => one.textContent))).join(),
      'English,العربية,Lätt svenska', 'menu');
    const usual = await sides(page, '.organisation');
    await change(page, '.language[hreflang=ar]');
    equal(await html(page, 'lang'), 'ar', 'lang');
    equal(await html(page, 'dir'), 'rtl', 'dir');
    check(/\d+ (يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر) 20\d\d/.test(
      await page.textContent('.facts')), 'a date in its words');
    const mirrored = await sides(page, '.organisation');
    check(Math.abs(mirrored.right - usual.left) < 2, 'the head begins at the other side');
    const label = await sides(page, '.facts dt');
    const value = await sides(page, '.facts dd');
    check(label.right < value.right, 'a label is to the right of what it names');
    await press(page, 'start');
    equal(await html(page, 'lang'), 'sv', 'a page that it lacks');
    equal(await html(page, 'dir'), 'ltr', 'a page that it lacks');
    equal(await page.inputValue('input[name=lang]'), 'ar', 'the language is remembered');
    await page.context().close();
    await look(`${post.take('utbildning').link}?lang=ar`, 'start', 'ar');
  },

  async 'easy Swedish, from the first page to the result, in the midst of it another'() {
    const page = await person();
    const mail = post.take('utbildning');
    await page.goto(mail.link);
    await change(page, '.language[hreflang=sv-x-lattlast]');
    check(/Hur lång tid tar det\?/.test(await page.textContent('main')), 'start');
    await press(page, 'start');
    check(/Bedragare låter ofta som någon vi litar på/.test(await page.textContent('.lesson')), 'lesson');
    await press(page, 'next');
    for (const box of await page.$$('fieldset.item')) {
      await (await box.$('.options input')).check();
    }
    const before = await words(page);
    await change(page, 'button.language[value=sv]');
    equal((await page.$$('input:checked')).length, 2, 'answers after the change to Swedish');
    check((await words(page)) !== before, 'other words');
    await change(page, 'button.language[value=sv-x-lattlast]');
    equal((await page.$$('input:checked')).length, 2, 'answers after the change back');
    equal(await words(page), before, 'the same words again');
    await press(page, 'next');
    await press(page, 'next');
    equal((await page.$$('.outcome')).length, 4, 'result');
    await page.context().close();
  },

  async 'easy Swedish: every kind of page is in it, and passes the audit'() {
    for (const path of ['/verify', '/accessibility', '/nowhere']) {
      const page = await easyReader();
      await page.goto(`${base}${path}?lang=${easy}`);
      await audit(page, path, easy);
      await page.context().close();
    }
    for (const campaign of ['utbildning', 'hinder', 'kunskap', 'blandat', 'anonymt']) {
      const page = await easyReader();
      await page.goto(`${post.take(campaign).link}?lang=${easy}`);
      await audit(page, `${campaign}, start`, easy);
      await press(page, 'start');
      for (let number = 1; await page.$('#answers'); number++) {
        if (await page.$('.must')) {
          await press(page, 'next');
          check(/Du måste svara på frågan/.test(await page.textContent('.fault')), 'what must be answered, is not');
          await audit(page, `${campaign}, page ${number}, not answered`, easy);
        }
        await answerFirst(page);
        await audit(page, `${campaign}, page ${number}`, easy);
        await press(page, 'next');
      }
      await audit(page, `${campaign}, end`, easy);
      await page.context().close();
    }
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  const began = Date.now();
  try {
    await test();
    console.log(`ok     ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name}\n  ${error.stack.replaceAll('\n', '\n  ')}`);
  }
}
await browser.close();
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
