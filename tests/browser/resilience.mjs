// What can go wrong while one answers: a button pressed twice, the browser's back button, two windows, a network
// that fails before or after the server has heard, a server that is stopped, busy or closed, a clock that is wrong,
// a phone put back into the pocket. Each time: no answer is lost, none counts twice, and the page says what
// happened. With the script and, where it matters, without.
import { answerFirst, check, equal, heading, number, open, press, server, turn, until, vetkoll } from './lib.mjs';

const next = 'button[name=action][value=next]:not(.unseen)';
const plain = { javaScriptEnabled: false };

const answers = () => number('SELECT count(*) FROM answer');
const ballots = () => number("SELECT (SELECT count(*) FROM ballot) + (SELECT count(*) FROM " +
  (number("SELECT count(*) FROM sqlite_master WHERE name = 'ballot_sealed'") ? 'ballot_sealed)' : 'ballot WHERE 0)'));
const checked = async (page) => (await page.$$('.item input:checked')).length;
const trouble = (page) => page.textContent('#trouble');
const main = (page) => page.textContent('main');

// What the form would send, but for its bookkeeping: the answers that the page holds.
const held = (page) => page.$eval('#answers', (form) => [...new FormData(form)]
  .filter(([name, value]) => /^[qt]\d/.test(name) && value !== '').map(([name, value]) => `${name}=${value}`).sort().join('&'));

export const tests = ({ base, post, person, window }) => {
  // At the first page of questions of a training.
  async function atQuestions(options, campaign = 'utbildning') {
    const page = await person(options);
    const mail = post.take(campaign);
    await open(page, mail.link);
    await press(page, 'start');
    while (!(await page.$('fieldset.item'))) {
      await press(page, 'next');
    }
    return { page, link: mail.link };
  }

  async function toTheEnd(page) {
    while (await page.$('#answers')) {
      await answerFirst(page);
      await press(page, 'next');
    }
  }

  return {
    async 'pressed twice: sent once, with and without the script'() {
      for (const options of [{}, plain]) {
        const { page } = await atQuestions(options);
        const before = answers();
        await answerFirst(page);
        let posts = 0;
        page.on('request', (request) => {
          posts += request.method() === 'POST' && /action=next/.test(request.postData());
        });
        await page.dblclick(next);
        await until(async () => (await heading(page)) === 'Fråga 3–4 av 4', 'the next page');
        equal(answers() - before, 2, 'answers');
        equal(posts, options.javaScriptEnabled === false ? posts : 1, 'sent');
        await answerFirst(page);
        await page.dblclick(next);
        await until(async () => /Du svarade rätt på/.test(await main(page)), 'the result');
        equal(answers() - before, 4, 'answers');
      }
    },

    async 'the back button: answers are shown, and what is handed in stays so'() {
      for (const options of [{}, plain]) {
        const { page } = await atQuestions(options);
        await answerFirst(page);
        await press(page, 'next');
        await page.goBack();
        await until(async () => (await heading(page)) === 'Fråga 1–2 av 4', 'the page before');
        equal(await checked(page), 2, 'answers of the page before');
        await page.goForward();
        await until(async () => (await heading(page)) === 'Fråga 3–4 av 4', 'the page after');
        await toTheEnd(page);
        const result = await page.textContent('.lead');
        await page.goBack();
        await until(async () => /Du har redan lämnat in dina svar/.test(await main(page)), 'a clear word');
        equal(await page.textContent('.lead'), result, 'result');
      }
    },

    async 'the back button in an anonymous survey: answers travel along'() {
      const { page } = await atQuestions({}, 'hinder');
      const before = ballots();
      await answerFirst(page);
      await press(page, 'next');
      const second = await heading(page);
      await answerFirst(page);
      const all = await held(page);
      await page.goBack();
      await until(async () => (await heading(page)) !== second, 'the page before');
      equal(await held(page), all, 'answers that the page holds');
      check((await checked(page)) > 0, 'answers are shown');
      await page.goForward();
      await until(async () => (await heading(page)) === second, 'the page after');
      equal(await held(page), all, 'answers that the page holds');
      await toTheEnd(page);
      equal(await heading(page), 'Tack för dina svar!', 'the end');
      await page.goBack();
      await until(async () => /Du har redan lämnat in/.test(await main(page)), 'a clear word');
      equal(ballots() - before, 1, 'ballots');
      equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0, 'stored in the browser');
    },

    async 'two windows: the older one undoes nothing, and hands in nothing more'() {
      for (const options of [{}, plain]) {
        const { page, link } = await atQuestions(options);
        const before = answers();
        const other = await window(page);
        await open(other, link);
        equal(await checked(other), 0, 'the second window begins blank');
        await page.bringToFront();
        await answerFirst(page);
        await press(page, 'next');
        equal(answers() - before, 2, 'answers of the first window');
        await other.bringToFront();
        await press(other, 'next');
        equal(answers() - before, 2, 'answers after the second window was sent blank');
        await page.bringToFront();
        await toTheEnd(page);
        const result = await page.textContent('.lead');
        await other.bringToFront();
        await answerFirst(other);
        await press(other, 'next');
        check(/Du har redan lämnat in dina svar/.test(await main(other)), 'a clear word');
        equal(await other.textContent('.lead'), result, 'result');
        equal(answers() - before, 4, 'answers');
      }
    },

    async 'two windows of an anonymous survey: one ballot'() {
      for (const options of [{}, plain]) {
        const { page } = await atQuestions(options, 'hinder');
        const before = ballots();
        const other = await window(page);
        await open(other, page.url());
        await page.bringToFront();
        await toTheEnd(page);
        await other.bringToFront();
        await toTheEnd(other);
        check(/Du har redan lämnat in dina svar/.test(await main(other)), 'a clear word');
        equal(ballots() - before, 1, 'ballots');
      }
    },

    async 'the network is lost before a page is sent: it waits, and goes on by itself'() {
      for (const campaign of ['utbildning', 'hinder']) {
        const { page } = await atQuestions({ rough: true }, campaign);
        const here = await heading(page);
        await page.context().setOffline(true);
        await answerFirst(page);
        const all = await held(page);
        await page.click(next);
        await until(async () => /Dina svar finns kvar/.test(await trouble(page)), 'a clear word');
        equal(await heading(page), here, 'the page stays');
        equal(await held(page), all, 'answers that the page holds');
        await page.context().setOffline(false);
        await until(async () => (await heading(page)) !== here, 'the next page');
        equal(await page.textContent('#trouble'), '', 'nothing is wrong any more');
        await toTheEnd(page);
      }
    },

    async 'the reply is lost after the server has heard: sent again, counted once'() {
      for (const campaign of ['utbildning', 'hinder']) {
        const { page, link } = await atQuestions({ rough: true }, campaign);
        const before = [answers(), ballots()];
        let lost = 0;
        await page.route(link, async (route) => {
          if (/action=next/.test(route.request().postData() ?? '') && lost++ % 2 === 0) {
            await route.fetch({ maxRedirects: 0 });
            await route.abort('connectionreset');
          } else {
            await route.continue();
          }
        });
        while (await page.$('#answers')) {
          await answerFirst(page);
          await turn(page, async () => {
            await page.click(next);
            await until(async () => /Dina svar finns kvar/.test(await trouble(page)), 'a clear word');
            await page.click('#trouble button');
          });
        }
        check(lost >= 4, 'replies were lost');
        equal(answers() - before[0], campaign === 'utbildning' ? 4 : 0, 'answers');
        equal(ballots() - before[1], campaign === 'hinder' ? 1 : 0, 'ballots');
        check(campaign === 'utbildning' || /Du har redan lämnat in/.test(await main(page)), 'a clear word');
      }
    },

    async 'the server is stopped and started between pages'() {
      const scripted = await atQuestions({ rough: true });
      const anonymous = await atQuestions({ rough: true }, 'hinder');
      const simple = await atQuestions({ rough: true, ...plain });
      const before = [answers(), ballots()];
      const all = [scripted.page, anonymous.page, simple.page];
      for (const page of all) {
        await answerFirst(page);
      }
      const saved = 'Svaren är sparade';
      await until(async () => (await state(scripted.page)).includes(saved), saved);
      await server.stop();
      for (const page of all.slice(0, 2)) {
        await page.click(next);
        await until(async () => /Dina svar finns kvar/.test(await trouble(page)), 'a clear word');
      }
      await simple.page.click(next, { noWaitAfter: true });
      await until(async () => simple.page.url().startsWith('chrome-error'), "the browser's own words");
      await server.start(base);
      for (const page of all.slice(0, 2)) {
        await page.click('#trouble button').catch(() => {}); // or it has tried again by itself
        await until(async () => (await trouble(page)) === '', 'the next page');
        await toTheEnd(page);
      }
      await simple.page.reload(); // sends the form again
      equal(await heading(simple.page), 'Fråga 3–4 av 4', 'sent again by the browser');
      await toTheEnd(simple.page);
      equal(answers() - before[0], 8, 'answers');
      equal(ballots() - before[1], 1, 'ballots');
    },

    async 'the server is killed while pages are saved: what the page called saved is saved'() {
      const { page, link } = await atQuestions({ rough: true });
      await page.check('fieldset.item .options input');
      await until(async () => (await state(page)).includes('Svaren är sparade'), 'saved');
      await server.stop('SIGKILL');
      await page.context().close();
      await server.start(base);
      const later = await person();
      await open(later, link);
      equal(await checked(later), 1, 'answers');
    },

    async 'a busy server: the page waits and tries again; without the script it has a button for it'() {
      const { page, link } = await atQuestions({ rough: true });
      const here = await heading(page);
      let refused = 0;
      await page.route(link, (route) => {
        if (route.request().method() === 'POST' && refused++ < 2) {
          return route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, contentType: 'text/html',
            body: '<h1>Många svarar just nu</h1>' });
        }
        return route.continue();
      });
      await answerFirst(page);
      await page.click(next);
      await until(async () => /Dina svar finns kvar/.test(await trouble(page)), 'a clear word');
      await until(async () => (await heading(page)) !== here, 'the next page');
      check(refused > 2, 'refused first');

      const simple = await atQuestions(plain);
      const before = answers();
      vetkoll('campaign', 'pause', 'utbildning'); // refused for now, as by a busy server
      await answerFirst(simple.page);
      await press(simple.page, 'next');
      check(/Det du skickade nu är inte sparat, men det finns kvar/.test(await main(simple.page)), 'a clear word');
      vetkoll('campaign', 'resume', 'utbildning');
      await turn(simple.page, () => simple.page.click('#answers button.main'));
      equal(await heading(simple.page), 'Fråga 3–4 av 4', 'sent again');
      equal(answers() - before, 2, 'answers');
    },

    async 'saved as one goes: a page that is left in the middle'() {
      const { page, link } = await atQuestions();
      const before = answers();
      await page.check('fieldset.item:nth-of-type(1) .options input');
      await until(async () => /1 av 2 .*Svaren är sparade/.test(await state(page)), 'progress');
      equal(answers() - before, 1, 'answers');
      await page.check('fieldset.item:nth-of-type(2) .options input');
      await page.close({ runBeforeUnload: true }); // before it was time to save
      const later = await person();
      await until(async () => answers() - before === 2, 'the last answer');
      await open(later, link);
      equal(await checked(later), 2, 'answers in another browser');
      check(/Fråga 1–2 av 4/.test(await heading(later)), 'where one stopped');
    },

    async 'a wrong clock in the browser makes no difference'() {
      for (const year of [1999, 2099]) {
        const page = await person();
        await page.clock.install({ time: new Date(`${year}-01-01T00:00:00Z`) });
        const mail = post.take('utbildning');
        await open(page, mail.link);
        await press(page, 'start');
        await toTheEnd(page);
        check(/Du svarade rätt på/.test(await main(page)), `the result in ${year}`);
      }
    },

    async 'closed while one answers: said so, and what was typed is still on the page'() {
      const { page } = await atQuestions({}, 'hinder');
      const simple = await atQuestions(plain, 'hinder');
      await answerFirst(page);
      await answerFirst(simple.page);
      const all = await held(page);
      vetkoll('campaign', 'close', 'hinder');
      await page.click(next);
      await until(async () => /Det går inte längre att svara/.test(await trouble(page)), 'a clear word');
      equal(await held(page), all, 'answers that the page holds');
      await press(simple.page, 'next');
      check(/Det du skickade nu sparades inte/.test(await main(simple.page)), 'a clear word');
    },
  };

  function state(page) {
    return page.textContent('#state');
  }
};
