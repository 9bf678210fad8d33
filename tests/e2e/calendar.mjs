// The calendar's address on the settings page: made, shown once, revoked.
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';

test('calendar: an address is made, shown once and revoked', async () => {
  const citizen = await newPerson();
  const { page } = citizen;
  await signIn(citizen, 'cong-dan');
  await page.goto('/cai-dat');
  await page.getByRole('link', { name: 'Lịch cá nhân' }).click();
  await page.getByRole('button', { name: 'Tạo địa chỉ lịch' }).click();
  await expect(page.getByLabel('Địa chỉ lịch')).toHaveValue(/\/api\/v1\/calendar-feeds\/[\w-]{43}\.ics$/);
  await judge(citizen, '96-calendar');
  await page.reload();
  await expect(page.getByText('Đã có địa chỉ lịch')).toBeVisible();
  await expect(page.getByLabel('Địa chỉ lịch')).toHaveCount(0);
  await page.getByRole('button', { name: 'Thu hồi địa chỉ' }).click();
  await expect(page.getByRole('button', { name: 'Tạo địa chỉ lịch' })).toBeVisible();
  await close(citizen);
}, { timeout: 240_000 });
