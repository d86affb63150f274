// What the browser tests share: the browser, the mail that people got, and a check of a page as people
// with different eyes, hands and screens meet it.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

export const PHONE = { width: 375, height: 720 };
export const DESKTOP = { width: 1280, height: 900 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.VETKOLL_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export function check(condition, what) {
  if (!condition) {
    throw new Error(what);
  }
}

export function equal(got, want, what) {
  check(got === want, `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

// Does `act` and waits for the page that it leads to, whether the browser goes there or the script puts it
// in place.
export async function turn(page, act) {
  if (page.unscripted) {
    await Promise.all([page.waitForNavigation(), act()]);
    return;
  }
  await page.$eval('body', (body) => body.setAttribute('data-left', ''));
  await act();
  await until(() => page.evaluate(() => document.readyState === 'complete' &&
    !document.body.hasAttribute('data-left')), 'another page');
}

// Waits until `look` finds it; what it trips over while a page changes is passed over.
export async function until(look, what, patienceMs = 40000) {
  for (const end = Date.now() + patienceMs; Date.now() < end;) {
    if (await look().catch(() => false)) {
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, 25); });
  }
  throw new Error(`${what} did not come`);
}

export const press = (page, value) =>
  turn(page, () => page.click(`button[name=action][value=${value}]:not(.unseen)`));

export async function open(page, url) {
  const response = await page.goto(url);
  return response.status();
}

export const heading = (page) => page.textContent('h1');

// Chooses the first real option of every question of the page; puts what is to be ordered as it stands.
export async function answerFirst(page) {
  for (const box of await page.$$('fieldset.item')) {
    const inputs = await box.$$('.options input');
    if (await box.evaluate((one) => one.matches('.order'))) {
      for (const [i, input] of inputs.entries()) {
        await input.fill(String(i + 1));
      }
    } else {
      await inputs[0].check();
    }
  }
}

// Presses Tab until `selector` has the focus, like a person without a mouse.
export async function tabTo(page, selector) {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    if (await page.$(`${selector}:focus`)) {
      return;
    }
  }
  throw new Error(`${selector} is not reached by Tab`);
}

export const enter = (page) => turn(page, () => page.keyboard.press('Enter'));

// --- mail ---------------------------------------------------------------------------------------

function headers(text) {
  const found = {};
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) {
      found[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
  }
  return found;
}

function decoded(body, encoding) {
  if (/base64/i.test(encoding)) {
    return Buffer.from(body, 'base64').toString('utf8');
  }
  if (/quoted-printable/i.test(encoding)) {
    const bytes = body.replace(/=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
  return Buffer.from(body, 'latin1').toString('utf8');
}

// The text of the message's first text/plain part.
function plainText(message) {
  const [head, ...rest] = message.split(/\r?\n\r?\n/);
  const body = rest.join('\n\n');
  const fields = headers(head);
  const type = fields['content-type'] || 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type);
  if (boundary) {
    const parts = body.split(`--${boundary[1]}`).slice(1, -1).map((part) => plainText(part.trimStart()));
    return parts.find((text) => text !== null) ?? null;
  }
  return /^text\/plain/i.test(type) ? decoded(body, fields['content-transfer-encoding'] || '') : null;
}

function addressOf(header) {
  const angle = /<([^>]+)>/.exec(header);
  return angle ? angle[1] : header;
}

// The mails in a maildir: {to, list, text, link}, by recipient.
export function readMail(maildir) {
  const folder = join(maildir, 'new');
  return readdirSync(folder).map((name) => {
    const message = readFileSync(join(folder, name), 'latin1');
    const fields = headers(message.split(/\r?\n\r?\n/)[0]);
    const text = plainText(message) ?? '';
    const link = /https?:\/\/\S+\/k\/[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/.exec(text);
    return { to: addressOf(fields.to || ''), list: fields['list-id'] || '', text, link: link?.[0] };
  }).sort((a, b) => a.to.localeCompare(b.to));
}

// Hands out people who have not been used, one mail at a time.
export class Post {
  constructor(maildir) {
    this.mails = readMail(maildir);
  }

  take(campaign, lang = 'sv') {
    const index = this.mails.findIndex((mail) => mail.list.includes(campaign) && mail.link &&
      (lang === 'en') === /\b(the|your)\b/i.test(mail.text));
    check(index >= 0, `no ${lang} mail of ${campaign} is left`);
    return this.mails.splice(index, 1)[0];
  }
}

// The page from its top as it is, but no longer than shows how it begins.
export async function shoot(page, path) {
  const { width } = page.viewportSize();
  const height = Math.min(1600, await page.evaluate(() => document.documentElement.scrollHeight));
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height } });
}

// --- the program --------------------------------------------------------------------------------

// Runs `vetkoll ARGUMENTS` in the installation that the tests look at.
export function vetkoll(...args) {
  return execFileSync(process.env.VETKOLL, ['--lang', 'en', '--dir', process.env.VETKOLL_DIR, ...args],
    { encoding: 'utf8' });
}

// One number from the installation's database.
export function number(sql) {
  return Number(execFileSync('sqlite3', ['-readonly', join(process.env.VETKOLL_DIR, 'vetkoll.db'), sql],
    { encoding: 'utf8' }));
}

// The running `vetkoll serve`, which a test may stop and start.
export const server = {
  pid: Number(process.env.VETKOLL_SERVE_PID),
  child: null,

  async stop(signal = 'SIGTERM') {
    process.kill(this.pid, signal);
    await until(async () => {
      try {
        process.kill(this.pid, 0);
        return this.child ? this.child.exitCode !== null || this.child.signalCode !== null : isDead(this.pid);
      } catch {
        return true;
      }
    }, 'the end of serve');
  },

  async start(base) {
    this.child = spawn(process.env.VETKOLL, ['--dir', process.env.VETKOLL_DIR, 'serve'],
      { stdio: 'ignore', env: process.env });
    this.pid = this.child.pid;
    process.once('exit', () => this.child.kill());
    await until(async () => (await fetch(`${base}/healthz`)).ok, 'serve');
  },
};

// The shell that began it has not yet been told.
const isDead = (pid) => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

// --- a page, as different people meet it --------------------------------------------------------

export async function axe(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(axeSource);
  }
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const found = violations.map((violation) => `${violation.id}: ${violation.help}\n    ` +
    violation.nodes.map((node) => `${node.html}\n    ${node.failureSummary}`).join('\n    '));
  check(found.length === 0, `${name}: axe-core finds\n  ${found.join('\n  ')}`);
}

// What does not fit, and what is too small for a thumb, on the page as it is now.
async function measure(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    const small = [...document.querySelectorAll('button, .option, nav a, textarea')]
      .filter((element) => !element.matches('[aria-hidden]'))
      .filter((element) => element.getBoundingClientRect().height < 44)
      .map((element) => element.outerHTML.slice(0, 90));
    return { wide: root.scrollWidth - root.clientWidth, small, headings: document.querySelectorAll('h1').length,
      lang: root.lang, title: document.title,
      scripts: [...document.scripts].map((script) => script.src || script.textContent) };
  });
}

// In both colour schemes no violation, no horizontal scroll at 320 px and at 400 %, one h1, 44 px targets,
// no script, no cookie. Leaves the page as it was.
export async function audit(page, name, lang) {
  const size = page.viewportSize();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // no colour half-way
    await axe(page, `${name} (${lang}, ${colorScheme})`);
  }
  for (const width of [320, 375, 768, 1280]) {
    await page.setViewportSize({ width, height: 700 });
    const seen = await measure(page);
    equal(seen.wide, 0, `${name} (${lang}): pixels beyond the right edge at ${width} px`);
    equal(seen.small.join(' '), '', `${name} (${lang}): targets below 44 px at ${width} px`);
    equal(seen.headings, 1, `${name} (${lang}): h1`);
    equal(seen.lang, lang, `${name}: lang attribute`);
    check(seen.scripts.length === 1 && seen.scripts[0].startsWith(`${new URL(page.url()).origin}/static/app.js`),
      `${name}: scripts ${seen.scripts}`);
    check(seen.title.length > 8, `${name}: title`);
  }
  equal((await page.context().cookies()).length, 0, `${name}: cookies`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(size);
}
