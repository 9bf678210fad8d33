// The officers' day on the screen: a note that mentions a colleague, what is waited for, a leader's board, saved views.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { newBirth } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';

const kTimeout = { timeout: 240_000 };

async function filed() {
  const citizen = await as('cong-dan');
  const answer = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(answer.status, 201, String(answer.bytes));
  return answer.body.dossier_code;
}

test('day: beside the list stands the dossier of the row one is at, and the choice is kept', async () => {
  const [code] = [await filed(), await filed()];
  const desk = await newPerson({ width: 1280, height: 900 });
  const { page } = desk;
  await signIn(desk, 'mot-cua');
  await page.getByRole('button', { name: 'Xem hồ sơ cạnh danh sách' }).click();
  const beside = page.getByRole('region', { name: 'Hồ sơ đang chọn' });
  await expect(beside).toContainText('Chưa chọn hồ sơ nào');
  const codes = await page.locator('a.item .code').allTextContents();
  await page.keyboard.press('j');
  await expect(beside).toContainText(codes[0]);
  await page.keyboard.press('j');
  await expect(beside).toContainText(codes[1]);
  await expect(page.locator('a.item[aria-current]')).toContainText(codes[1]);
  await judge(desk, '90-split', { pictures: false });
  await page.keyboard.press('k');
  await expect(beside).toContainText(codes[0]);
  await page.locator('a.item').filter({ hasText: code }).click();
  await expect(beside).toContainText(code);
  await beside.getByRole('button', { name: 'Tiếp nhận hồ sơ' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Tiếp nhận hồ sơ' }).click();
  await expect(page.locator('a.item').filter({ hasText: code })).toHaveCount(0);
  await page.reload();
  await expect(beside).toBeVisible();
  const next = await page.locator('a.item .code').first().textContent();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/can-bo/ho-so/${next}`));
  // A narrow window has no room for both.
  await page.goBack();
  await page.setViewportSize({ width: 1000, height: 800 });
  await expect(beside).toHaveCount(0);
  await close(desk);
}, kTimeout);

for (const width of [1280, 390]) {
  test(`day: a colleague is mentioned by keyboard, is told, and is done with it, ${width} px`, async () => {
    const code = await filed();
    const leaderName = (await as('lanh-dao')).me.full_name;
    const desk = await newPerson({ width, height: 900 });
    await signIn(desk, 'mot-cua');
    await desk.page.goto(`/can-bo/ho-so/${code}`);
    await desk.page.getByRole('tab', { name: 'Ghi chú (0)' }).click();
    const box = desk.page.getByLabel('Ghi chú mới');
    await box.pressSequentially(`Nhờ @${leaderName.slice(0, 5)}`);
    await expect(desk.page.getByRole('option', { name: leaderName })).toBeVisible();
    await judge(desk, `80-note-mention-${width}`);
    await desk.page.keyboard.press('Enter');
    await expect(box).toHaveValue(`Nhờ @${leaderName} `);
    await desk.page.keyboard.insertText('cho ý kiến');
    await desk.page.keyboard.press('Control+Enter');
    await expect(desk.page.getByRole('list', { name: 'Ghi chú nội bộ' })).toContainText(`Nhờ @${leaderName} cho ý kiến`);
    await expect(desk.page.getByRole('tab', { name: 'Ghi chú (1)' })).toBeVisible();

    const leader = await newPerson({ width, height: 900 });
    await signIn(leader, 'lanh-dao');
    await leader.page.goto('/can-bo/nhac-den');
    await judge(leader, `81-mentions-${width}`);
    const item = leader.page.getByRole('listitem').filter({ hasText: code });
    await item.getByRole('link').click();
    await expect(leader.page.getByRole('list', { name: 'Ghi chú nội bộ' })).toContainText('cho ý kiến');
    await leader.page.goto('/can-bo/nhac-den');
    await item.getByRole('button', { name: `Xong: ${code}` }).click();
    await expect(item).toHaveCount(0);
    await close(leader);

    await desk.page.getByRole('button', { name: 'Rút ghi chú' }).click();
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Rút ghi chú' }).click();
    await expect(desk.page.getByText('Người viết đã rút lúc')).toBeVisible();
    await judge(desk, `82-note-withdrawn-${width}`);
    await close(desk);

    // The person whose dossier it is sees nothing of it.
    const citizen = await newPerson({ width, height: 900 });
    await signIn(citizen, 'cong-dan');
    await citizen.page.goto(`/ho-so/${code}`);
    await expect(citizen.page.getByText(code).first()).toBeVisible();
    assert.ok(!(await citizen.page.content()).includes('cho ý kiến'));
    await close(citizen);
  }, kTimeout);

  test(`day: what is waited for, and the board whose numbers open, ${width} px`, async () => {
    const code = await filed();
    await (await as('mot-cua')).act(code, 'request_supplement', { reason: 'Thiếu giấy', items: ['Giấy chứng sinh'] });
    const leader = await newPerson({ width, height: 900 });
    const { page } = leader;
    await signIn(leader, 'lanh-dao');
    await page.goto('/can-bo/dang-cho?loai=supplement');
    await expect(page.getByText(code)).toBeVisible();
    await judge(leader, `83-waiting-${width}`);
    await page.getByLabel('Chỉ hồ sơ do tôi gửi đi').check();
    await expect(page.getByText(code)).toHaveCount(0);
    await page.getByRole('navigation', { name: 'Công việc trong ngày' }).getByRole('link', { name: 'Bảng theo dõi' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Bảng theo dõi' })).toBeVisible();
    await judge(leader, `84-board-${width}`);
    await page.getByRole('tab', { name: 'Theo thủ tục' }).click();
    await judge(leader, `85-board-procedures-${width}`);
    await filed();
    await page.reload();
    const link = page.locator('tbody a').first();
    const count = Number((await link.textContent()).trim());
    await link.click();
    await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Bảng theo dõi');
    while (await page.getByRole('button', { name: 'Xem thêm' }).count()) {
      const shown = await page.locator('a.item').count();
      await page.getByRole('button', { name: 'Xem thêm' }).click();
      await expect.poll(() => page.locator('a.item').count()).toBeGreaterThan(shown);
    }
    assert.equal(await page.locator('a.item').count(), count);
    await judge(leader, `86-board-work-${width}`);
    await close(leader);
  }, kTimeout);

  test(`day: a filter is kept under a name, renamed and removed, ${width} px`, async () => {
    const leader = await newPerson({ width, height: 900 });
    const { page } = leader;
    await signIn(leader, 'lanh-dao');
    await page.goto('/can-bo?han=none');
    await page.getByRole('button', { name: 'Lưu dạng xem này' }).click();
    await page.getByLabel('Tên dạng xem').fill(`Chưa hạn ${width}`);
    await judge(leader, `87-view-save-${width}`);
    await page.getByRole('dialog').getByRole('button', { name: 'Lưu', exact: true }).click();
    const views = page.getByRole('list', { name: 'Dạng xem đã lưu' });
    await expect(views.getByRole('link', { name: `Chưa hạn ${width}` })).toHaveAttribute('aria-current', 'true');
    await page.goto('/can-bo');
    await views.getByRole('link', { name: `Chưa hạn ${width}` }).click();
    await expect(page).toHaveURL(/han=none/);
    await judge(leader, `88-views-${width}`);
    await page.getByRole('button', { name: 'Sửa dạng xem' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tên dạng xem').fill(`Tên mới ${width}`);
    await dialog.getByRole('button', { name: 'Đổi tên' }).click();
    await expect(dialog.getByRole('button', { name: `Xóa: Tên mới ${width}` })).toBeVisible();
    await judge(leader, `89-views-edit-${width}`);
    await dialog.getByRole('button', { name: `Xóa: Tên mới ${width}` }).click();
    await expect(dialog.getByText('Bạn chưa lưu dạng xem nào.')).toBeVisible();
    await close(leader);
  }, kTimeout);
}
