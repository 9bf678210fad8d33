// The administrator sees what the national portal refused, and sends it again; where people file there, the procedure's page leads them.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { Client } from '../lib/client.mjs';
import { startPortal } from '../lib/portal.mjs';
import { newBirth } from '../lib/samples.mjs';
import { newProvince, serve } from '../lib/server.mjs';

const kTimeout = { timeout: 240_000 };

test('portal: a refused dossier is seen with its reason and sent again', async () => {
  const portal = await startPortal();
  portal.mode = () => ({ refuse: ['37', 'Mã thủ tục chưa được công khai trên Cổng'] });
  const server = await serve(newProvince({ dossiers: 0 }), { env: portal.environment });
  const citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  const admin = await newPerson({ base: server.base, width: 1280, height: 800 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await expect
    .poll(async () => {
      await page.goto('/quan-tri/dong-bo');
      await page.getByRole('heading', { level: 1 }).waitFor();
      return page.getByText(code).count();
    })
    .toBe(1);
  await expect(page.getByText('Mã thủ tục chưa được công khai trên Cổng')).toBeVisible();
  await judge(admin, '47-portal');
  portal.mode = () => undefined;
  await page.getByRole('button', { name: 'Gửi lại' }).click();
  await expect(page.getByText('Không có hồ sơ nào bị từ chối')).toBeVisible();
  await expect.poll(() => portal.dossiers.has(code)).toBe(true);
  await close(admin);
  await server.stop();
}, kTimeout);

test('portal: people who file there are led there', async () => {
  const server = await serve(newProvince({ dossiers: 0 }), { env: { TINHSO_PORTAL_CITIZENS_FILE_HERE: 'false' } });
  const reader = await newPerson({ base: server.base });
  await reader.page.goto('/thu-tuc/1.001193');
  await expect(reader.page.getByRole('link', { name: 'Nộp trên Cổng Dịch vụ công quốc gia' })).toHaveAttribute('href', 'https://dichvucong.gov.vn');
  await judge(reader, '48-file-elsewhere');
  await signIn(reader, 'cong-dan');
  await reader.page.goto('/nop-ho-so/1.001193');
  await reader.page.waitForURL(/\/thu-tuc\/1\.001193/);
  assert.equal(await reader.page.getByRole('link', { name: 'Nộp hồ sơ trực tuyến' }).count(), 0);
  await close(reader);
  await server.stop();
}, kTimeout);
