// Pictures of the employee's pages for the documentation: {start,lesson,items,result}-{phone,desktop}-
// {light,dark}.png. Usage: tests/browser/run BUILD screenshots.mjs FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DESKTOP, PHONE, Post, launch } from './lib.mjs';

const [, maildir, folder] = process.argv.slice(2);
const post = new Post(maildir);
const browser = await launch();
const devices = {
  phone: { viewport: PHONE, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true },
  desktop: { viewport: { ...DESKTOP, width: 1000 }, deviceScaleFactor: 1 },
};

mkdirSync(folder, { recursive: true });

async function shoot(page, name, device) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(folder, `${name}-${device}-${colorScheme}.png`), fullPage: true });
  }
}

const press = (page, value) =>
  Promise.all([page.waitForNavigation(), page.click(`button[name=action][value=${value}]:not(.unseen)`)]);

for (const [device, options] of Object.entries(devices)) {
  const page = await (await browser.newContext({ locale: 'sv-SE', ...options })).newPage();
  await page.goto(post.take('utbildning').link);
  await shoot(page, 'start', device);
  await press(page, 'start');
  await shoot(page, 'lesson', device);
  await press(page, 'next');
  await page.check('fieldset.item .options label:nth-child(2) input');
  await shoot(page, 'items', device);
  while (await page.$('#answers')) {
    for (const box of await page.$$('fieldset.item')) {
      await (await box.$('.options input')).check();
    }
    await press(page, 'next');
  }
  await shoot(page, 'result', device);
}
await browser.close();
