// Chromium for the stories: each person has a browser of his own; every state is judged where it is reached.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, expect } from '@playwright/test';
import { atEnd, atFailure } from './runner.mjs';
import { kRoot } from './server.mjs';
import { world } from './world.mjs';
import { kPassword } from './client.mjs';

const kShots = join(kRoot, 'tests/.out');
const kTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const kPatience = 45_000;
const kBar = expect.configure({ timeout: kPatience });
export { kBar as expect };

let browser;
const people = [];

async function started() {
  browser ??= chromium.launch({
    executablePath: process.env.TINHSO_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  });
  return browser;
}

atEnd(async () => {
  if (browser) await (await browser).close();
});

// What every open browser shows when a test fails; then they are closed, so that the next test starts alone.
atFailure(async (name) => {
  mkdirSync(kShots, { recursive: true });
  for (const [index, context] of people.splice(0).entries()) {
    for (const page of context.pages()) await page.screenshot({ path: join(kShots, `failed-${name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}-${index}.png`) });
    await context.close();
  }
});

/** A page of a new person's browser. What the browser complains about is collected and judged with every state. */
export async function newPerson({ width = 390, height = 844, language = 'vi-VN', base } = {}) {
  base ??= (await world()).base;
  const context = await (await started()).newContext({ baseURL: base, locale: language, timezoneId: 'Asia/Ho_Chi_Minh', viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience);
  const complaints = [];
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`a script's dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  people.push(context);
  return { page, context, complaints, size: { width, height } };
}

/** Ends a person's browser. A violation of the content security policy or a broken script anywhere on the way fails the journey. */
export async function close(person) {
  people.splice(people.indexOf(person.context), 1);
  await person.context.close();
  assert.deepEqual(person.complaints, [], 'the browser complained on the way');
}

/** Fills the sign-in form that is on the screen and sends it. */
export async function enterPassword({ page }, username, password = kPassword) {
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Đăng nhập', exact: true }).click();
}

export async function signIn(person, username, password) {
  await person.page.goto('/dang-nhap');
  await enterPassword(person, username, password);
  await person.page.waitForURL((url) => url.pathname !== '/dang-nhap');
}

async function widthOver(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Holds the state on the screen to axe, to its width and to the browser's own complaints; pictures at 390 and 1280 px. */
export async function judge(person, name, { pictures = true } = {}) {
  const { page } = person;
  await page.evaluate(() => document.fonts.ready);
  // Colours are measured when nothing is fading in any more.
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running' || one.effect?.getComputedTiming().iterations === Infinity));
  const found = await new AxeBuilder({ page }).withTags(kTags).analyze();
  assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(' | ')}`), [], name);
  assert.deepEqual(person.complaints, [], name);
  assert.ok((await widthOver(page)) <= 0, `${name}: scrolls sideways`);
  if (!pictures) return;
  mkdirSync(kShots, { recursive: true });
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
    assert.ok((await widthOver(page)) <= 0, `${name}: scrolls sideways at ${width} px`);
    await page.screenshot({ path: join(kShots, `${name}-${width}.png`), fullPage: true, animations: 'disabled' });
  }
  await page.setViewportSize(person.size);
}
