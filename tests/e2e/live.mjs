// Two people, two browsers: what one does, the other sees without asking.
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { newBirth } from '../lib/samples.mjs';
import { newProvince, serve } from '../lib/server.mjs';

test('live: work and notices appear by themselves, in every tab', async () => {
  const officer = await newPerson({ width: 1280, height: 800 });
  await signIn(officer, 'mot-cua');
  await officer.page.waitForURL(/\/can-bo/);
  const number = officer.page.getByRole('button', { name: /Tất cả$/ }).locator('strong');
  const before = Number(await number.innerText());
  const citizen = await newPerson();
  await signIn(citizen, 'cong-dan');
  await citizen.page.goto('/ho-so');

  const client = await as('cong-dan');
  const code = (await client.post('/api/v1/dossiers', await newBirth(client))).body.dossier_code;
  await expect(number).toHaveText(String(before + 1));
  await expect(officer.page.getByRole('status').getByText(code).first()).toBeVisible();
  await officer.page.getByRole('button', { name: /^Thông báo, \d+ chưa đọc/ }).click();
  await expect(officer.page.getByRole('link', { name: `Hồ sơ mới đến ${code}` })).toBeVisible();
  await judge(officer, 'live-bell');

  // The second tab has no stream of its own: it hears through the first, and takes over when that closes.
  const second = await citizen.context.newPage();
  await second.goto(`/ho-so/${code}`);
  await expect(second.getByText(code).first()).toBeVisible();
  const desk = await as('mot-cua');
  await desk.act(code, 'accept');
  await expect(second.getByRole('status').getByText(`Hồ sơ đã được tiếp nhận · ${code}`)).toBeVisible();
  await expect(second.getByRole('main').getByText('Đã tiếp nhận').first()).toBeVisible();
  await expect(citizen.page.getByRole('status').getByText(code).first()).toBeVisible();
  await citizen.page.close();
  await (await as('chuyen-vien')).act(code, 'take');
  await expect(second.getByRole('status').getByText(`Cán bộ đã nhận xử lý hồ sơ · ${code}`)).toBeVisible();
  await close(citizen);
  await close(officer);
}, { timeout: 240_000 });

test('live: the list of work stays on the screen when the server goes away', async () => {
  const server = await serve(newProvince());
  const officer = await newPerson({ width: 1280, height: 800, base: server.base });
  const { page } = officer;
  await signIn(officer, 'mot-cua');
  const title = page.getByRole('heading', { level: 1, name: 'Hộp việc' });
  await expect(title).toBeVisible();
  await expect(page.getByRole('button', { name: /^Thông báo/ })).toBeVisible();
  await server.stop();
  const refused = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/v1/inbox'));
  await page.evaluate(() => dispatchEvent(new Event('tinhso:inbox'))); // as after a lost stream
  await refused;
  await page.waitForTimeout(500); // for an error page to take its place
  await expect(title).toBeVisible();
  await close(officer);
}, { timeout: 240_000 });
