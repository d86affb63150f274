// Pictures for the documentation: the employee's pages as {start,lesson,items,result,verify}-{phone,desktop}-
// {light,dark}.png, and {demo,participation,report,evidence}.png. Usage: see tests/browser/screenshots.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DESKTOP, PHONE, Post, check, launch, press, shoot } from './lib.mjs';

const [base, maildir, folder] = process.argv.slice(2);
const post = new Post(maildir);
const browser = await launch();
const devices = {
  phone: { viewport: PHONE, deviceScaleFactor: 1, isMobile: true, hasTouch: true },
  desktop: { viewport: { ...DESKTOP, width: 1000 }, deviceScaleFactor: 1 },
};

mkdirSync(folder, { recursive: true });

const picture = (page, name) => shoot(page, join(folder, `${name}.png`));

async function inBothColours(page, name, device) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await picture(page, `${name}-${device}-${colorScheme}`);
  }
}

// Opens the link of one who has not begun: most have answered.
async function openFresh(page) {
  do {
    await page.goto(post.take('mikroutbildning').link);
  } while (!(await page.$('button[value=start]')));
}

for (const [device, options] of Object.entries(devices)) {
  const page = await (await browser.newContext({ locale: 'sv-SE', ...options })).newPage();
  await openFresh(page);
  await inBothColours(page, 'start', device);
  await press(page, 'start');
  await inBothColours(page, 'lesson', device);
  while (!(await page.$('#answers fieldset'))) {
    await press(page, 'next');
  }
  await page.check('fieldset.item .options label:nth-child(2) input');
  await inBothColours(page, 'items', device);
  while (await page.$('#answers')) {
    for (const box of await page.$$('fieldset.item')) {
      await (await box.$('.options input')).check();
    }
    await press(page, 'next');
  }
  await inBothColours(page, 'result', device);
  await page.goto(`${base}/verify?lang=sv`);
  await inBothColours(page, 'verify', device);
  await page.context().close();
}

const page = await (await browser.newContext({ locale: 'sv-SE', ...devices.desktop })).newPage();
for (const [name, path] of [['demo', ''], ['participation', 'participation-kunskapsmatning.html'],
  ['report', 'knowledge-kunskapsmatning.html'], ['evidence', 'underlag/evidence.html']]) {
  const reply = await page.goto(`${base}/demo/${path}`);
  check(reply.ok(), `${path}: ${reply.status()}`);
  await picture(page, name);
}
await browser.close();
