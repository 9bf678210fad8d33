// Figures on the screen: the report, the list behind a number, the register, the index, and what everybody may see.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { newBirth } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';

const kTimeout = { timeout: 240_000 };

for (const width of [1280, 390]) {
  test(`figures: a leader reads the report and opens a number, ${width} px`, async () => {
    // One dossier at least, received today.
    const filed = await (await as('cong-dan')).post('/api/v1/dossiers', await newBirth(await as('cong-dan')));
    assert.equal(filed.status, 201, String(filed.bytes));
    const accepted = await (await as('mot-cua')).post(`/api/v1/dossiers/${filed.body.dossier_code}/actions`, { action: 'accept', version: filed.body.version });
    assert.equal(accepted.status, 200, String(accepted.bytes));
    // And one that ended and was rated.
    const citizen = await as('cong-dan');
    const other = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
    await (await as('mot-cua')).act(other.body.dossier_code, 'refuse', { reason: 'Không thuộc thẩm quyền' });
    assert.equal((await citizen.post(`/api/v1/dossiers/${other.body.dossier_code}/rating`, { answers: { overall: 1, attitude: 2 } })).status, 200);
    const leader = await newPerson({ width, height: 900 });
    const { page } = leader;
    await signIn(leader, 'lanh-dao');
    await page.goto('/can-bo/bao-cao');
    await expect(page.getByRole('heading', { level: 1, name: 'Báo cáo giải quyết hồ sơ' })).toBeVisible();
    await page.getByLabel('Kỳ báo cáo').selectOption('year');
    await judge(leader, `70-report-${width}`);
    await page.getByRole('tab', { name: 'Theo thủ tục' }).click();
    await expect(page).toHaveURL(/bang=procedure/);
    await judge(leader, `71-report-procedures-${width}`);
    // The number of the total's row is that of the list it opens.
    const link = page.locator('tfoot a').first();
    const count = Number((await link.textContent()).trim());
    await link.click();
    await expect(page.getByRole('heading', { level: 1, name: 'Tổng số phải giải quyết' })).toBeVisible();
    while (await page.getByRole('button', { name: 'Xem thêm' }).count()) {
      const shown = await page.locator('tbody tr').count();
      await page.getByRole('button', { name: 'Xem thêm' }).click();
      await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(shown);
    }
    assert.equal(await page.locator('tbody tr').count(), count);
    await judge(leader, `72-report-dossiers-${width}`);
    await page.goto('/can-bo/bao-cao/so');
    await expect(page.getByRole('heading', { level: 1, name: 'Sổ theo dõi hồ sơ' })).toBeVisible();
    await judge(leader, `73-register-${width}`);
    await page.goto('/can-bo/bao-cao/hai-long');
    await expect(page.getByRole('heading', { level: 2, name: 'Điểm chung' })).toBeVisible();
    await judge(leader, `73-satisfaction-${width}`);
    const answer = page.getByRole('region', { name: /bạn có hài lòng/ }).getByRole('link').first();
    const rated = Number((await answer.innerText()).replaceAll('.', ''));
    await answer.click();
    await expect(page.locator('tbody tr')).toHaveCount(Math.min(rated, 50));
    await page.goto('/can-bo/chi-so');
    await expect(page.getByText('Chưa có phân hệ phản ánh, kiến nghị.').first()).toBeVisible();
    await judge(leader, `74-index-${width}`);
    await page.getByRole('listitem').filter({ hasText: '2.1' }).getByRole('link').nth(1).click();
    await expect(page.getByRole('heading', { level: 1, name: '2.1 · Hồ sơ được tính' })).toBeVisible();
    await expect(page.locator('tbody tr').first()).toBeVisible();
    await close(leader);
  }, kTimeout);

  test(`figures: everybody sees how punctual each office is, ${width} px`, async () => {
    const anyone = await newPerson({ width, height: 900 });
    const { page } = anyone;
    await page.goto('/');
    await page.getByRole('contentinfo').getByRole('link', { name: 'Tỷ lệ giải quyết đúng hạn' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Tỷ lệ giải quyết đúng hạn' })).toBeVisible();
    await expect(page.getByRole('row', { name: /Toàn tỉnh/ }).or(page.getByText('Toàn tỉnh')).first()).toBeVisible();
    await judge(anyone, `75-public-${width}`);
    await close(anyone);
  }, kTimeout);
}
