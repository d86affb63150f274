// People at the employee's pages. Usage: node run.mjs BASE_URL MAILDIR [NAME]; see tests/browser/run. Prints a
// line a test, exits 1 on a failure.
import { PHONE, Post, equal, launch } from './lib.mjs';
import { tests as access } from './access.mjs';
import { tests as answering } from './answering.mjs';
import { tests as resilience } from './resilience.mjs';

const [base, maildir, only] = process.argv.slice(2);
const browser = await launch();
const post = new Post(maildir);
const faults = [];

// A person's own browser window: nothing is shared with another's. `rough`: a network that fails is part of
// the test.
async function person({ rough = false, ...options } = {}) {
  const context = await browser.newContext({ viewport: PHONE, locale: 'sv-SE', ...options });
  const page = await context.newPage();
  watch(page, { rough, unscripted: options.javaScriptEnabled === false });
  return page;
}

function watch(page, { rough, unscripted }) {
  page.unscripted = unscripted;
  page.setDefaultTimeout(40000);
  page.on('dialog', (dialog) => dialog.accept()); // "leave the page?" of anonymous answers
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    if (!rough && why !== 'net::ERR_ABORTED') { // the page was left before its icon had come
      faults.push(`${request.url()}: ${why}`);
    }
  });
  page.on('pageerror', (error) => faults.push(error.stack));
  page.on('console', (message) => message.type() === 'error' && !(rough && /Failed to load/.test(message.text())) &&
    !/status of (4|503)/.test(message.text()) && faults.push(message.text()));
}

// Another window of the same person.
async function window(page) {
  const other = await page.context().newPage();
  watch(other, { rough: false, unscripted: page.unscripted });
  return other;
}

const world = { base, post, person, window };
let failed = 0;
for (const [name, test] of [answering, access, resilience].flatMap((tests) => Object.entries(tests(world)))) {
  if (only && !name.includes(only)) {
    continue;
  }
  faults.length = 0;
  const began = Date.now();
  try {
    await test();
    equal(faults.join('\n'), '', 'faults in the browser');
    console.log(`ok     ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name}\n  ${error.stack.replaceAll('\n', '\n  ')}`);
  }
  await Promise.all(browser.contexts().map((context) => context.close()));
}
await browser.close();
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
