// An officer's day: several dossiers decided at once, one given to a colleague, and where a dossier is in its workflow.
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { Client } from '../lib/client.mjs';
import { newBirth } from '../lib/samples.mjs';
import { as, world } from '../lib/world.mjs';

const kTimeout = { timeout: 240_000 };

async function proposed() {
  const citizen = await as('cong-dan');
  const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  const code = filed.body.dossier_code;
  await (await as('mot-cua')).act(code, 'accept');
  const handler = new Client((await world()).base);
  await handler.signIn('chuyen-vien');
  await handler.actAt('H12.126.02');
  await handler.act(code, 'take');
  return { code, propose: () => handler.act(code, 'propose', { result_text: 'Đủ điều kiện' }) };
}

test('officers: a leader approves several dossiers at once, each with its answer', async () => {
  const [first, second, third] = [await proposed(), await proposed(), await proposed()];
  await first.propose();
  await second.propose();
  await third.propose();
  const leader = await newPerson({ width: 1280, height: 900 });
  const { page } = leader;
  await signIn(leader, 'lanh-dao');
  await page.goto('/can-bo');
  for (const { code } of [first, second, third]) await page.getByRole('checkbox', { name: new RegExp(`^Chọn ${code},`) }).check();
  await judge(leader, '80-inbox-chosen');
  await page.getByRole('button', { name: 'Phê duyệt 3 hồ sơ' }).click();
  const dialog = page.getByRole('dialog', { name: 'Phê duyệt 3 hồ sơ' });
  await expect(dialog).toBeVisible();
  // Decided by somebody else meanwhile: it says so and the others are done.
  await (await as('lanh-dao')).act(third.code, 'approve');
  await dialog.getByRole('button', { name: 'Phê duyệt tất cả' }).click();
  await expect(dialog.getByText('Đã xong 2/3 hồ sơ.')).toBeVisible();
  await judge(leader, '81-bulk-answers');
  await dialog.getByRole('button', { name: 'Xong' }).click();
  await expect(dialog).toBeHidden();
  for (const { code } of [first, second]) await expect(page.getByRole('link', { name: new RegExp(code) })).toHaveCount(0);
  await close(leader);
}, kTimeout);

test('officers: the step, its hand-overs and the picture of the workflow; given to oneself for somebody absent', async () => {
  const { code } = await proposed();
  const leader = await newPerson({ width: 1280, height: 900 });
  const { page } = leader;
  await signIn(leader, 'lanh-dao');
  await page.goto(`/can-bo/ho-so/${code}`);
  await expect(page.getByText('Hạn của bước này')).toBeVisible();
  await expect(page.getByText(/tiếp nhận.* → hạn \d\d\/\d\d\/\d{4}/).first()).toBeVisible();
  await page.getByRole('tab', { name: /^Bàn giao/ }).click();
  await expect(page.getByText(/→/).first()).toBeVisible();
  await judge(leader, '82-hand-overs');
  await page.getByRole('tab', { name: 'Quy trình' }).click();
  await expect(page.getByRole('region', { name: 'Sơ đồ quy trình' })).toBeVisible();
  await judge(leader, '83-workflow-picture');
  await page.getByText('Xem dạng danh sách').click();
  await expect(page.getByText(/Đang ở đây/).last()).toBeVisible();
  await page.getByRole('button', { name: 'Giao người khác xử lý' }).click();
  const dialog = page.getByRole('dialog', { name: 'Giao người khác xử lý' });
  await dialog.getByRole('button', { name: 'Giao việc' }).click();
  await expect(dialog.getByText('Hãy điền').or(dialog.getByText('Hãy chọn người')).first()).toBeVisible();
  await judge(leader, '84-assign');
  await close(leader);
  const phone = await newPerson();
  await signIn(phone, 'lanh-dao');
  await phone.page.goto(`/can-bo/ho-so/${code}`);
  await phone.page.getByRole('tab', { name: 'Quy trình' }).click();
  await expect(phone.page.getByRole('region', { name: 'Sơ đồ quy trình' })).toBeVisible();
  await judge(phone, '85-workflow-picture-phone');
  await close(phone);
}, kTimeout);
