import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './fill';

const kTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Nothing axe finds, nothing beside the screen, no refusal by the Content-Security-Policy.
async function judge(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  const found = await new AxeBuilder({ page }).withTags(kTags).analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ''}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

const open = ['/', '/thu-tuc', '/thu-tuc?q=khai+sinh', '/thu-tuc?q=zzzz', '/thu-tuc/1.001193', '/tra-cuu', '/tra-cuu?ma=H00-1', '/xac-minh/KHONGCO', '/dang-nhap', '/cai-dat', '/tro-giup', '/khong-co-trang-nay', '/thu-vien'];
const signedIn = ['/ho-so', '/thong-bao', '/cai-dat', '/nop-ho-so/1.001193'];

for (const width of [320, 1280]) {
  test(`open screens at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    const refused: string[] = [];
    page.on('console', (message) => /Content Security Policy/.test(message.text()) && refused.push(message.text()));
    for (const path of open) {
      await test.step(path, async () => {
        await page.goto(path);
        await judge(page);
      });
    }
    expect(refused).toEqual([]);
  });
}

test('screens of a signed-in person, with errors shown and with the menu open', async ({ page }) => {
  await signIn(page, 'cong-dan');
  for (const path of signedIn) {
    await test.step(path, async () => {
      await page.goto(path);
      await judge(page);
    });
  }
  await page.getByRole('button', { name: 'Tiếp tục' }).click();
  await expect(page).toHaveURL(/buoc=2/);
  await judge(page);
  await page.getByRole('button', { name: 'Tiếp tục' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await judge(page);
  await page.getByRole('button', { name: 'Menu' }).click();
  await judge(page);
});

test('the library with errors shown and a dialog open', async ({ page }) => {
  await page.goto('/thu-vien');
  await page.getByRole('button', { name: 'Hiện lỗi' }).click();
  await judge(page);
  await page.getByRole('button', { name: 'Mở hộp thoại' }).click();
  await judge(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

// 200 % text, as the settings and the browser give it.
test('the largest text fits a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.addInitScript(() => localStorage.setItem('tinhso.text_size', 'largest'));
  for (const path of ['/', '/thu-tuc/1.001193', '/dang-nhap', '/thu-vien']) {
    await page.goto(path);
    await judge(page);
  }
});
