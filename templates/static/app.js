/* What helps while one answers, where scripts run. Every page works without it: a form that is sent
   and a page that comes back.

   It saves as one goes (named answers only), shows how far one has come, sends a page without
   leaving it, so that a network that fails or a server that starts anew loses nothing, and keeps
   answers through the browser's back button. Nothing is stored in the browser, nothing is sent but
   the form itself, and nothing but our own pages is asked for. */
(() => {
  'use strict';

  const SAVE_AFTER_MS = 600; // after a choice; text waits longer, until a pause in the writing
  const SAVE_TEXT_AFTER_MS = 1500;
  const GIVE_UP_MS = 20000; // on one request, before it is sent again
  const RETRY_FIRST_MS = 2000;
  const RETRY_LAST_MS = 30000;
  const WRITTEN = 'textarea, [type=text]';
  const PATIENCE_S = 60; // a server that asks for a longer pause is asked again by the person

  let sheet = null; // the page that is being answered
  let here = ''; // its address, without what follows '#'
  let retry = null; // what is to be tried again, and how long it waited

  const address = (url) => url.pathname + url.search;

  // --- the page as it is -------------------------------------------------------------------------

  function begin() {
    const form = document.getElementById('answers');
    sheet = form && {
      form,
      action: form.getAttribute('action'), // form.action is the buttons of that name
      saves: 'saves' in form.dataset,
      number: form.elements.page ? Number(form.elements.page.value) : null,
      changes: 0, // made here
      saved: 0, // of them
      saving: null,
      sending: false,
      timer: 0,
    };
    if (sheet) {
      showState('');
    }
  }

  const part = (id) => document.getElementById(id);

  // The line under the questions: how far, and whether it is saved.
  function showState(word) {
    const state = part('state');
    if (!state) {
      return;
    }
    const items = [...sheet.form.querySelectorAll('.item')];
    const done = items.filter((item) => isAnswered(item)).length;
    const count = items.length
      ? state.dataset.count.replace('{n}', done).replace('{m}', items.length) : '';
    const text = [count, word && state.dataset[word]].filter(Boolean).join(' ');
    if (state.textContent !== text) {
      state.textContent = text;
    }
  }

  function isAnswered(item) {
    const ticked = Boolean(item.querySelector('input:checked'));
    const written = [...item.querySelectorAll('textarea, [type=text]')];
    return ticked || (written.length > 0 && written.every((field) => field.value.trim() !== ''));
  }

  // What is wrong, where the person is about to press, with a button that tries again.
  function showTrouble(text, again) {
    const trouble = part('trouble');
    if (!trouble) {
      return;
    }
    const line = document.createElement('p');
    line.textContent = text;
    trouble.replaceChildren(line);
    if (again) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'other';
      button.textContent = trouble.dataset.again;
      button.addEventListener('click', again);
      trouble.append(button);
    }
  }

  const hideTrouble = () => part('trouble')?.replaceChildren();

  // --- to the server and back --------------------------------------------------------------------

  function fields(name, value) {
    const body = new URLSearchParams();
    for (const [field, content] of new FormData(sheet.form)) {
      body.append(field, content);
    }
    if (name) {
      body.set(name, value);
    }
    return body;
  }

  // The reply, or null if there was none in time.
  async function ask(url, body) {
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), GIVE_UP_MS);
    try {
      const reply = await fetch(url, { method: body ? 'POST' : 'GET', body, signal: stop.signal,
        credentials: 'same-origin', cache: 'no-store' });
      return { status: reply.status, url: new URL(reply.url), moved: reply.redirected,
        pause: Number(reply.headers.get('Retry-After')) || 0, text: await reply.text() };
    } catch {
      return null;
    } finally {
      clearTimeout(clock);
    }
  }

  const parse = (reply) => new DOMParser().parseFromString(reply.text, 'text/html');

  const isPage = (reply) => (reply.status === 200 || reply.status === 422) && reply.text !== '';

  const isPassing = (reply) => !reply || reply.status === 502 || reply.status === 504 ||
    ((reply.status === 503 || reply.status === 429) && reply.pause <= PATIENCE_S);

  // Why it could not be had, and another try: by itself if the fault may pass.
  function fail(reply, again) {
    const words = part('trouble')?.dataset;
    const passing = isPassing(reply);
    const page = reply && !passing ? parse(reply) : null;
    const told = page && [...page.querySelectorAll('main h1, main .lead')]
      .map((one) => one.textContent.trim().replace(/([^.!?])$/, '$1.'));
    showTrouble(passing ? words?.unreached : [...(told ?? []), words?.refused].join(' '), again.now);
    if (passing) {
      const waited = Math.min(RETRY_LAST_MS, retry ? retry.waited * 2 : RETRY_FIRST_MS);
      const pause = Math.max(waited, (reply?.pause ?? 0) * 1000) * (0.75 + Math.random() / 2);
      clearTimeout(retry?.timer);
      retry = { waited, now: again.now, timer: setTimeout(again.now, pause) };
    }
  }

  function settle() {
    clearTimeout(retry?.timer);
    retry = null;
    hideTrouble();
  }

  // --- saving as one goes ------------------------------------------------------------------------

  function saveSoon(after) {
    clearTimeout(sheet.timer);
    sheet.timer = setTimeout(save, after);
  }

  async function save() {
    const page = sheet;
    if (!page?.saves || page.sending || page.saving || page.saved === page.changes) {
      return;
    }
    const changes = page.changes;
    page.saving = ask(page.action, fields('action', 'save'));
    const reply = await page.saving;
    page.saving = null;
    if (sheet !== page || page.sending) {
      return;
    }
    if (reply && isPage(reply) && reply.moved) { // handed in elsewhere, or shut
      settle();
      turn(reply);
    } else if (reply && (reply.status === 204 || reply.status === 422)) {
      settle();
      page.saved = reply.status === 204 ? changes : page.saved;
      showState(reply.status === 204 ? 'saved' : '');
      if (reply.status === 204) {
        save(); // what was changed meanwhile
      }
    } else {
      showState('');
      fail(reply, { now: save });
    }
  }

  // --- sending a page ----------------------------------------------------------------------------

  // `name`, `value`: the button's. `walk`: the address changed already, by the browser's own buttons.
  async function send(name, value, walk = null) {
    const page = sheet;
    if (page.sending) {
      return;
    }
    page.sending = true;
    clearTimeout(page.timer);
    clearTimeout(retry?.timer);
    showState('sending');
    await page.saving; // an older state of the page must not arrive after this one
    const reply = await ask(page.action, fields(name, value));
    if (sheet !== page) {
      return;
    }
    page.sending = false;
    if (reply && isPage(reply)) {
      settle();
      turn(reply, walk);
    } else {
      showState('');
      fail(reply, { now: () => sheet === page && send(name, value, walk) });
    }
  }

  // Shows the page that came, as if the browser had gone there.
  function turn(reply, walk = null) {
    const next = parse(reply);
    clearTimeout(sheet?.timer);
    document.documentElement.lang = next.documentElement.lang;
    document.documentElement.dir = next.documentElement.dir;
    document.title = next.title;
    document.body.replaceWith(document.adoptNode(next.body));
    begin();
    remember(reply, walk !== null);
    const to = document.querySelector('.summary') ?? document.querySelector('h1');
    to.tabIndex = -1;
    to.focus({ preventScroll: true });
    if (to.matches('.summary')) {
      to.scrollIntoView();
    } else {
      scrollTo(0, 0);
    }
    if (walk !== null) {
      walkTo(walk);
    }
  }

  // The address under which the page is found again: its own, or made from the form's fields.
  function remember(reply, stay) {
    const url = new URL(reply.moved ? reply.url : location.href);
    url.hash = '';
    if (sheet && sheet.number !== null && !reply.moved) {
      url.searchParams.set('lang', sheet.form.elements.lang.value);
      url.searchParams.set('page', sheet.number);
    }
    if (!stay && address(url) !== here) {
      history.pushState({ page: sheet?.number ?? null }, '', url);
    } else {
      history.replaceState({ page: sheet?.number ?? null }, '', url);
    }
    here = address(url);
  }

  // --- the browser's back and forward ------------------------------------------------------------

  // Anonymous answers are on this page only: they travel along, one page at a time.
  function walkTo(number) {
    if (sheet && sheet.number !== null && sheet.number !== number) {
      send('action', number < sheet.number ? 'back' : 'next', number);
    }
  }

  async function load() {
    const url = location.href;
    const reply = await ask(url, null);
    if (url !== location.href) {
      return;
    }
    if (reply && isPage(reply)) {
      settle();
      turn({ ...reply, moved: true, url: new URL(url) });
    } else if (part('trouble')) {
      fail(reply, { now: load });
    } else {
      location.reload();
    }
  }

  addEventListener('popstate', async (event) => {
    if (address(location) === here) {
      return; // only what follows '#'
    }
    here = address(location);
    const number = event.state?.page ?? null;
    if (sheet && !sheet.saves && sheet.number !== null && number !== null && isCarried()) {
      walkTo(number);
      return;
    }
    if (sheet?.saves && sheet.saved !== sheet.changes) {
      await ask(sheet.action, fields('action', 'save'));
    }
    load();
  });

  // --- what the person does ----------------------------------------------------------------------

  // Answers that nobody but this page has.
  const isCarried = () => sheet.form.dataset.carries !== undefined;

  function changed(field) {
    const index = /^[a-z](\d+)/.exec(field.name)?.[1];
    sheet.form.elements[`w${index}`]?.remove(); // it is no longer as it was shown
    if (field.type === 'checkbox' && field.checked) {
      const none = field.value === 'na';
      for (const other of sheet.form.querySelectorAll(`input[name="${CSS.escape(field.name)}"]`)) {
        if (other !== field && (none || other.value === 'na')) {
          other.checked = false;
        }
      }
    }
    sheet.changes++;
    if (!sheet.saves || field.matches(WRITTEN)) {
      showState('');
    }
  }

  addEventListener('input', ({ target }) => {
    if (sheet && target.form === sheet.form) {
      changed(target);
      saveSoon(target.matches(WRITTEN) ? SAVE_TEXT_AFTER_MS : SAVE_AFTER_MS);
    }
  });

  addEventListener('change', ({ target }) => {
    if (sheet && target.form === sheet.form && target.matches(WRITTEN)) {
      saveSoon(0);
    }
  });

  addEventListener('submit', (event) => {
    if (sheet && event.target === sheet.form) {
      event.preventDefault();
      send(event.submitter?.name, event.submitter?.value);
    }
  });

  addEventListener('online', () => retry?.now());

  // A phone that goes back into the pocket may never show this page again.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && sheet?.saves && !sheet.sending &&
        sheet.saved !== sheet.changes) {
      navigator.sendBeacon(sheet.action, fields('action', 'save'));
    }
  });

  addEventListener('beforeunload', (event) => {
    const carried = 'input[type=hidden][name^=q], input[type=hidden][name^=t]';
    const unsaved = sheet && (sheet.saves ? retry !== null && sheet.saved !== sheet.changes
      : isCarried() && (sheet.changes > 0 || sheet.form.querySelector(carried)));
    if (unsaved) {
      event.preventDefault();
      event.returnValue = true; // older browsers
    }
  });

  here = address(location);
  begin();
  if (sheet) {
    history.replaceState({ page: sheet.number }, '');
  }
})();
