import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './fill';

const kTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function judge(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  const found = await new AxeBuilder({ page }).withTags(kTags).analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ''}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

for (const width of [320, 1280]) {
  test(`officers' and administrators' screens at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await signIn(page, 'mot-cua');
    for (const path of ['/can-bo', '/can-bo?han=late', '/can-bo/tiep-nhan', '/can-bo/tra-cuu']) {
      await test.step(path, async () => {
        await page.goto(path);
        await expect(page.locator('h1')).toBeVisible();
        await judge(page);
      });
    }
    await page.context().clearCookies();
    await signIn(page, 'quan-tri');
    for (const path of ['/quan-tri', '/quan-tri/don-vi', '/quan-tri/tai-khoan', '/quan-tri/lich', '/quan-tri/goi', '/quan-tri/cong-viec']) {
      await test.step(path, async () => {
        await page.goto(path);
        await expect(page.locator('h1')).toBeVisible();
        await judge(page);
      });
    }
  });
}

test('a scanned card fills the applicant, the form takes it over, and nothing is filed half filled', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await signIn(page, 'mot-cua');
  await page.goto('/can-bo/tiep-nhan');
  await expect(page.locator('#scan')).toBeFocused();
  await page.keyboard.insertText('096192002211|381234567|Lê Thị Thu Ngân|21031992|Nữ|Số 12, khóm 6|15082021');
  await page.keyboard.press('Enter');
  await expect(page.locator('#procedure')).toBeFocused();
  await expect(page.locator('#person-full_name')).toHaveValue('Lê Thị Thu Ngân');
  await page.keyboard.type('xac nhan doc than');
  await expect(page.getByRole('option').first()).toContainText(/tình trạng hôn nhân/i);
  await page.keyboard.press('Enter');
  await expect(page.locator('#f-requester-personal_no')).toHaveValue('096192002211');
  await expect(page.locator('#declaration-0')).not.toBeChecked();
  await page.locator('#declaration-0').focus();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('alert')).toBeFocused();
  await judge(page);
});

test('the inbox is worked by keyboard, and its address keeps the filters', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await signIn(page, 'lanh-dao');
  await page.goto('/can-bo');
  await expect(page.locator('#inbox-search')).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await expect(page.locator('#inbox-search')).toBeFocused();
  await page.keyboard.type('khong co ai ten nhu vay');
  await expect(page).toHaveURL(/q=khong/);
  await expect(page.getByText('Không có việc nào khớp')).toBeVisible();
  await page.reload();
  await expect(page.locator('#inbox-search')).toHaveValue('khong co ai ten nhu vay');
});

test('a citizen is not let in', async ({ page }) => {
  await signIn(page, 'cong-dan');
  await page.goto('/can-bo');
  await expect(page.locator('a.item')).toHaveCount(0);
  await expect(page.locator('#inbox-search')).toHaveCount(0);
  await expect(page.locator('h1')).toBeVisible();
});
