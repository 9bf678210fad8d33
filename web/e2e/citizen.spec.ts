import { expect, test } from '@playwright/test';
import { fillAll, fillStep, signIn } from './fill';

// The procedure configured in full that the demo province always has.
const kBirth = '1.001193';

test('a person finds a procedure by everyday words and reads what it needs', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('Tìm thủ tục').fill('khai sinh');
  await page.getByRole('button', { name: 'Tìm', exact: true }).click();
  await page.waitForURL(/\/thu-tuc\?q=/);
  await page.locator(`a[href="/thu-tuc/${kBirth}"]`).first().click();
  await expect(page.locator('h1')).toContainText(/khai sinh/i);
  await expect(page.getByRole('link', { name: 'Nộp hồ sơ trực tuyến' })).toHaveAttribute('href', `/nop-ho-so/${kBirth}`);
});

test('filing: errors lead to their fields, the declaration is not ticked beforehand, the dossier gets a code', async ({ page }) => {
  await signIn(page, 'cong-dan');
  await page.goto(`/nop-ho-so/${kBirth}`);
  await page.locator('#unit').fill('');
  await page.getByRole('button', { name: 'Tiếp tục' }).click();
  const summary = page.getByRole('alert');
  await expect(summary).toBeFocused();
  await summary.getByRole('link').first().click();
  await expect(page.locator('#unit')).toBeFocused();
  await fillAll(page);
  const oath = page.locator('#declaration input');
  await expect(oath).not.toBeChecked();
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('cam đoan');
  await oath.check({ force: true });
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  const code = new URL(page.url()).pathname.split('/').pop() ?? '';
  await expect(page.locator('.big')).toHaveText(code);
  await page.goto(`/tra-cuu?ma=${code}`);
  await expect(page.getByText(code).first()).toBeVisible();
});

test('a draft survives a reload without network, and a dossier filed without network is sent once when it is back', async ({ page, context }) => {
  await signIn(page, 'cong-dan');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.goto(`/nop-ho-so/${kBirth}`);
  await fillStep(page);
  await page.getByRole('button', { name: 'Tiếp tục' }).click();
  await expect(page).toHaveURL(/buoc=2/);
  await fillStep(page);
  await expect(page.getByText(/Đã lưu trên máy này/)).toBeVisible();
  await page.waitForTimeout(800);
  const phone = await page.locator('input[type=tel]').first().inputValue();

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText('Đang không có mạng')).toBeVisible();
  await expect(page.locator('input[type=tel]').first()).toHaveValue(phone);
  await fillAll(page);
  await page.locator('#declaration input').check({ force: true });
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await page.waitForURL(/\/ho-so$/);
  await expect(page.getByRole('heading', { name: 'Chờ gửi' })).toBeVisible();

  const filings: string[] = [];
  page.on('response', (response) => {
    if (response.request().method() === 'POST' && response.url().endsWith('/api/v1/dossiers')) filings.push(String(response.status()));
  });
  await context.setOffline(false);
  await expect(page.getByRole('heading', { name: 'Chờ gửi' })).toBeHidden();
  await page.reload();
  await expect(page.getByRole('tab', { name: 'Đang xử lý' })).toBeVisible();
  await page.waitForTimeout(500);
  expect(filings).toEqual(['201']);
});
