// A small runner: tests run one after another in the order they are written, each with a time limit.
import { cleanUp } from './server.mjs';

const tests = [];
const enders = [];
const witnesses = [];

export function test(name, body, { timeout = 60_000 } = {}) {
  tests.push({ name, body, timeout });
}

/** Called once after the last test, whatever happened. */
export function atEnd(body) {
  enders.push(body);
}

/** Called when a test failed, before anything is closed: to keep what shows why. */
export function atFailure(body) {
  witnesses.push(body);
}

async function within(body, ms) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms)));
  try {
    return await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The number of tests that failed. */
export async function run(files, grep) {
  let passed = 0;
  let failed = 0;
  const fail = (name, error) => {
    failed++;
    console.log(`not ok  ${name}\n${String(error?.stack ?? error).replace(/^/gm, '    ')}`);
  };
  process.on('unhandledRejection', (error) => fail('a promise nobody waited for', error));
  try {
    for (const file of files) await import(new URL(`../${file}`, import.meta.url));
    for (const { name, body, timeout } of tests) {
      if (!name.includes(grep)) continue;
      const started = Date.now();
      try {
        await within(body, timeout);
        passed++;
        console.log(`ok      ${name} (${Date.now() - started} ms)`);
      } catch (error) {
        fail(name, error);
        for (const witness of witnesses) await within(() => witness(name), 20_000).catch(() => {});
      }
    }
  } catch (error) {
    fail('loading the suite', error);
  }
  for (const end of enders) {
    try {
      await within(end, 30_000);
    } catch (error) {
      fail('ending the suite', error);
    }
  }
  cleanUp();
  if (passed + failed === 0) fail('no test has this name', grep);
  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}
