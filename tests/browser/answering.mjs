// People who answer: with a keyboard only, without JavaScript, on a small phone, in two languages and two
// colour schemes, coming back later, changing their minds, making mistakes.
import { DESKTOP, answerFirst, audit, check, enter, equal, heading, open, press, tabTo, turn, vetkoll } from './lib.mjs';

export const tests = ({ base, post, person }) => ({
  async 'by keyboard, without JavaScript, from the mail to the result, and again'() {
    const page = await person({ javaScriptEnabled: false });
    const mail = post.take('utbildning');
    equal(await open(page, mail.link), 200, 'status');
    const phrase = await page.textContent('.phrase');
    check(mail.text.includes(phrase), `the mail has no control phrase ${phrase}`);
    await tabTo(page, 'button[value=start]');
    await enter(page);
    check(/Sida 1 av 3/.test(await page.textContent('main')), 'progress');
    check((await page.textContent('.lesson')).length > 300, 'a lesson to read');
    await tabTo(page, 'button[value=next]:not(.unseen)');
    await enter(page);
    for (const number of [2, 3]) {
      check((await page.title()).startsWith(`Sida ${number} av 3`), 'title has the progress');
      for (const box of await page.$$('fieldset.item')) {
        await tabTo(page, `#${await box.getAttribute('id')} input`);
        await page.keyboard.press('Space');
        check(await box.$('input:checked'), 'Space chooses');
      }
      if (number === 2) {
        await enter(page); // Enter in a question goes on, and does not change the language
      } else {
        await tabTo(page, 'button[value=next]:not(.unseen)');
        await enter(page);
      }
      equal(await page.getAttribute('html', 'lang'), 'sv', 'language');
    }
    check(/Du svarade rätt på \d av 4 frågor/.test(await page.textContent('main')), 'result');
    equal((await page.$$('.outcome .why')).length, 4, 'explanations');
    const result = await page.textContent('main');
    await page.context().close();
    const later = await person({ javaScriptEnabled: false });
    equal(await open(later, mail.link), 200, 'status');
    equal(await later.textContent('main'), result, 'the link opened again');
    await later.context().close();
  },

  async 'comes back later, goes back a page, changes language: nothing is lost'() {
    const page = await person();
    const mail = post.take('utbildning');
    await open(page, mail.link);
    await press(page, 'start');
    await press(page, 'next');
    await answerFirst(page);
    await press(page, 'next');
    await page.context().close();
    const later = await person();
    await open(later, mail.link);
    check(/Välkommen tillbaka/.test(await later.textContent('main')), 'welcomed back');
    equal(await heading(later), 'Fråga 3–4 av 4', 'goes on where it stopped');
    await answerFirst(later);
    await press(later, 'back');
    equal(await heading(later), 'Fråga 1–2 av 4', 'one page back');
    equal((await later.$$('input:checked')).length, 2, 'saved answers are shown');
    await turn(later, () => later.click('button.language'));
    equal(await heading(later), 'Questions 1–2 of 4', 'the same page in English');
    equal((await later.$$('input:checked')).length, 2, 'answers after the change of language');
    await press(later, 'next');
    equal(await heading(later), 'Questions 3–4 of 4', 'forward again');
    equal((await later.$$('input:checked')).length, 2, 'answers of the page that was left');
    await press(later, 'next');
    check(/You answered \d of 4 questions correctly/.test(await later.textContent('main')), 'result');
    await later.context().close();
  },

  async 'anonymous: nothing is kept until it is sent, and then only once'() {
    const page = await person();
    const mail = post.take('hinder');
    await open(page, mail.link);
    check(/Du svarar anonymt/.test(await page.textContent('main')), 'promise');
    await press(page, 'start');
    await answerFirst(page);
    await press(page, 'next');
    await open(page, mail.link);
    check(/Du svarar anonymt/.test(await page.textContent('main')), 'opened again: from the beginning');
    await press(page, 'start');
    equal((await page.$$('input:checked')).length, 0, 'answers kept');
    await answerFirst(page);
    await press(page, 'next');
    await press(page, 'back');
    const asked = (await page.$$('fieldset.item')).length;
    equal((await page.$$('input:checked')).length, asked, 'answers travel back');
    while (!/Tack för dina svar/.test(await heading(page))) {
      for (const area of await page.$$('textarea')) {
        await area.fill('Det är svårt att hitta rätt.\nMen kollegorna hjälper till <3');
      }
      await press(page, 'next');
    }
    await open(page, mail.link);
    equal(await heading(page), 'Tack för dina svar!', 'opened again: done');
    equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0, 'stored in the browser');
    await page.context().close();
  },

  async 'a mistake is explained, and nothing else is lost'() {
    const page = await person();
    const mail = post.take('hinder');
    await open(page, mail.link);
    await press(page, 'start');
    while ((await page.$$('textarea')).length === 0) {
      await answerFirst(page);
      await press(page, 'next');
    }
    await page.$eval('textarea', (area) => area.removeAttribute('maxlength'));
    await page.fill('textarea', 'x'.repeat(501));
    await press(page, 'next');
    check((await page.title()).startsWith('Fel: '), 'title tells');
    check(await page.$('.summary:focus'), 'the summary has the focus');
    equal((await page.inputValue('textarea')).length, 501, 'the text is still there');
    await audit(page, 'items with a fault', 'sv');
    await page.click('.summary a');
    check(await page.$('.item:target'), 'the link leads to the question');
    await page.context().close();
  },

  async 'every page, both languages, both colour schemes: axe-core, 320 px, targets'() {
    for (const lang of ['sv', 'en']) {
      for (const campaign of ['utbildning', 'hinder', 'kunskap', 'blandat', 'anonymt']) {
        const page = await person({ viewport: DESKTOP });
        await open(page, post.take(campaign, lang).link);
        await audit(page, `${campaign} start`, lang);
        await press(page, 'start');
        for (let number = 1; await page.$('#answers'); number++) {
          await audit(page, `${campaign} page ${number}`, lang);
          await answerFirst(page);
          await press(page, 'next');
        }
        await audit(page, `${campaign} end`, lang);
        await page.context().close();
      }
      const page = await person();
      for (const path of ['/verify', '/accessibility', '/nothing', '/k/nothing']) {
        await open(page, `${base}${path}?lang=${lang}`);
        await audit(page, path, lang);
      }
      await page.context().close();
    }
  },

  async '/verify shows the phrase that stands in the mail'() {
    const page = await person();
    await open(page, `${base}/verify`);
    const text = await page.textContent('main');
    for (const campaign of ['utbildning', 'hinder', 'kunskap']) {
      const mail = post.mails.find((one) => one.list.includes(campaign));
      const phrases = await page.$$eval('.phrase', (all) => all.map((one) => one.textContent));
      check(phrases.some((phrase) => mail.text.includes(phrase)), `phrase of ${campaign}`);
    }
    check(text.includes(process.env.VETKOLL_MAIL_FROM), 'sender address');
    await page.context().close();
  },

  async 'skip link, print, forced colours, reduced motion'() {
    const page = await person();
    await open(page, `${base}/verify`);
    await page.keyboard.press('Tab');
    equal(await page.textContent(':focus'), 'Hoppa till innehållet', 'first Tab');
    await page.keyboard.press('Enter');
    check(await page.$('main:focus'), 'the skip link leads to main');
    await page.emulateMedia({ media: 'print' });
    check(!(await page.isVisible('.bottom')), 'printed without the footer');
    await page.emulateMedia({ media: 'screen', forcedColors: 'active', reducedMotion: 'reduce' });
    check(await page.isVisible('h1'), 'forced colours');
    await page.context().close();
  },

  async 'paused, closed: a helpful page with its status code'() {
    const mail = post.take('kunskap');
    const english = post.take('kunskap', 'en');
    const page = await person();
    for (const [verb, status, sv, en] of [
      ['pause', 503, 'Det är pausat just nu', 'It is paused for now'],
      ['resume', 200, null, null],
      ['close', 410, 'Det går inte längre att svara', 'It is no longer possible to answer'],
    ]) {
      vetkoll('campaign', verb, 'kunskap');
      for (const [link, text, lang] of [[mail.link, sv, 'sv'], [english.link, en, 'en']]) {
        equal(await open(page, link), status, verb);
        check(text === null || (await heading(page)) === text, `${verb}: ${text}`);
        await audit(page, verb, lang);
      }
    }
    await page.context().close();
  },
});
