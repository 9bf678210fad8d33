// A person's screens where something goes wrong or differs: errors, no network, a change of mind, the largest text, the narrowest screen.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { fillAll, fillStep, tick } from '../lib/fill.mjs';
import { newBirth } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';

const kTimeout = { timeout: 240_000 };
const kBirth = '/nop-ho-so/1.001193';

const send = (page) => page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
const next = (page) => page.getByRole('button', { name: 'Tiếp tục', exact: true }).click();

test('citizen: errors lead to their fields, and nothing is declared for the person', async () => {
  const citizen = await newPerson();
  const { page } = citizen;
  await signIn(citizen, 'cong-dan');
  await page.goto(kBirth);
  await expect(page.locator('#unit')).not.toHaveValue(''); // the office of the person's own address
  await page.locator('#unit').fill('');
  await next(page);
  const summary = page.getByRole('alert');
  await expect(summary).toBeFocused();
  await judge(citizen, '44-errors');
  await summary.getByRole('link').first().click();
  await expect(page.locator('#unit')).toBeFocused();
  await fillAll(page);
  const oath = page.locator('#declaration input');
  await expect(oath).not.toBeChecked();
  await send(page);
  await expect(page.getByRole('alert')).toContainText('cam đoan');
  await tick(oath);
  await send(page);
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  await close(citizen);
}, kTimeout);

test('citizen: a dossier filed without network is sent once when it is back', async () => {
  const citizen = await newPerson();
  const { page, context } = citizen;
  await signIn(citizen, 'nguoi-dan-2');
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.goto(kBirth);
  await fillStep(page);
  await next(page);
  await page.waitForURL(/buoc=2/);
  await fillAll(page);
  await tick(page.locator('#declaration input'));
  const filings = [];
  context.on('response', (response) => {
    if (response.request().method() === 'POST' && response.url().endsWith('/api/v1/dossiers')) filings.push(response.status());
  });
  await context.setOffline(true);
  await send(page);
  await page.waitForURL(/\/ho-so$/);
  await expect(page.getByRole('heading', { name: 'Chờ gửi' })).toBeVisible();
  await judge(citizen, '45-waits-for-network');
  await context.setOffline(false);
  await expect(page.getByRole('heading', { name: 'Chờ gửi' })).toBeHidden();
  await page.reload();
  await expect(page.getByRole('tab', { name: 'Đang xử lý' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(filings, [201]);
  await close(citizen);
}, kTimeout);

test('citizen: a dossier is withdrawn with a reason', async () => {
  const api = await as('cong-dan');
  const code = (await api.post('/api/v1/dossiers', await newBirth(api))).body.dossier_code;
  const citizen = await newPerson();
  const { page } = citizen;
  await signIn(citizen, 'cong-dan');
  await page.goto(`/ho-so/${code}`);
  await page.getByRole('button', { name: /Rút/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('#action-text').fill('Tôi đã nộp nhầm.');
  await judge(citizen, '46-withdraw', { pictures: false });
  await dialog.getByRole('button', { name: /Rút/ }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: /Rút/ })).toHaveCount(0);
  await expect(page.getByText('Người nộp đã rút hồ sơ').first()).toBeVisible();
  await close(citizen);
}, kTimeout);

test('citizen: the largest text fits a phone, and every open screen the narrowest one', async () => {
  const reader = await newPerson();
  await reader.page.addInitScript(() => localStorage.setItem('tinhso.text_size', 'largest'));
  for (const path of ['/', '/thu-tuc/1.001193', '/dang-nhap', '/thu-vien']) {
    await reader.page.goto(path);
    await reader.page.waitForLoadState('networkidle');
    await judge(reader, `largest text, ${path}`, { pictures: false });
  }
  await close(reader);
  const narrow = await newPerson({ width: 320, height: 800 });
  for (const path of ['/', '/thu-tuc?q=khai+sinh', '/thu-tuc?q=zzzz', '/tra-cuu?ma=H00-1', '/xac-minh/KHONGCO', '/tro-giup', '/khong-co-trang-nay', '/thu-vien']) {
    await narrow.page.goto(path);
    await narrow.page.waitForLoadState('networkidle');
    await judge(narrow, `320 px, ${path}`, { pictures: false });
  }
  // The library's own states: every control with an error, a dialog open.
  await narrow.page.getByRole('button', { name: 'Hiện lỗi' }).click();
  await narrow.page.getByRole('button', { name: 'Mở hộp thoại' }).click();
  await judge(narrow, 'the library', { pictures: false });
  await narrow.page.keyboard.press('Escape');
  await expect(narrow.page.getByRole('dialog')).toBeHidden();
  // Officers' screens show a person nothing.
  await signIn(narrow, 'cong-dan');
  await narrow.page.goto('/can-bo');
  await expect(narrow.page.locator('h1')).toBeVisible();
  await expect(narrow.page.locator('#inbox-search')).toHaveCount(0);
  await close(narrow);
}, kTimeout);
