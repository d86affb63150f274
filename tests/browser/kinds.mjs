// Pictures of the pages that the demonstration does not come to, as {scene,grid,mistake,waiting,thanks,shut,
// accessibility}-{phone,desktop}.png, and grid-own-colours.png. Usage: tests/browser/run BUILD kinds.mjs FOLDER.
import { join } from 'node:path';
import { PHONE, Post, answerFirst, check, launch, press, shoot } from './lib.mjs';

const [base, maildir, folder] = process.argv.slice(2);
const post = new Post(maildir);
const browser = await launch();

for (const [device, options] of Object.entries({
  phone: { viewport: PHONE, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1000, height: 900 } },
})) {
  const page = await (await browser.newContext({ locale: 'sv-SE', reducedMotion: 'reduce', ...options })).newPage();
  const picture = (name) => shoot(page, join(folder, `${name}-${device}.png`));
  await page.goto(post.take('blandat').link);
  await press(page, 'start');
  await press(page, 'next');
  check(await page.$('.summary'), 'what must be answered, is not');
  await picture('mistake');
  while (!(await page.$('.grid'))) {
    await answerFirst(page);
    if (await page.$('.scene')) {
      await picture('scene');
    }
    await press(page, 'next');
  }
  await page.check('.grid .item:nth-of-type(1) .option:nth-child(3) input');
  await page.check('.grid .item:nth-of-type(2) .option:nth-child(2) input');
  await page.waitForTimeout(1500); // until it is saved
  await picture('grid');
  if (device === 'desktop') {
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    await shoot(page, join(folder, 'grid-own-colours.png'));
    await page.emulateMedia({ forcedColors: 'none', colorScheme: 'light' });
  }
  await page.context().setOffline(true);
  await page.click('button[name=action][value=next]:not(.unseen)');
  await page.waitForSelector('#trouble button');
  await page.$eval('#trouble', (trouble) => trouble.scrollIntoView({ block: 'center' }));
  await page.screenshot({ path: join(folder, `waiting-${device}.png`) });
  await page.context().setOffline(false);
  await page.waitForSelector('#answers', { state: 'detached' });
  await picture('thanks');
  await page.goto(`${base}/accessibility`);
  await picture('accessibility');
  await page.goto(`${base}/k/x`);
  await picture('shut');
  await page.context().close();
}
await browser.close();
