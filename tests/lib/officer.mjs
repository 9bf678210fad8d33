// An officer at his inbox, in the browser.
import { expect, judge } from './browser.mjs';

export async function openTask(officer, code) {
  const { page } = officer;
  await page.goto('/can-bo');
  await page.getByLabel('Tìm trong hộp việc').fill(code);
  await page.waitForURL((url) => url.searchParams.get('q') === code);
  await page.getByRole('list', { name: 'Danh sách việc' }).getByRole('link').filter({ hasText: code }).click();
  await page.waitForURL(/\/can-bo\/ho-so\//);
  await expect(page.getByRole('heading', { name: 'Việc cần làm' })).toBeVisible();
}

/** One action on a dossier of the inbox, and what its page then says. */
export async function step(officer, code, action, next, { fill, picture } = {}) {
  const { page } = officer;
  await openTask(officer, code);
  await page.getByRole('button', { name: action, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: action, exact: true })).toBeVisible();
  if (fill) await fill(dialog);
  if (picture) await judge(officer, picture);
  await dialog.getByRole('button', { name: action, exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('main').getByText(next).first()).toBeVisible();
}
