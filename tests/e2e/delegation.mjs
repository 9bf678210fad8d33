// A leader goes away: delegates on his screen, the specialist decides for him, the paper and the log say so, and then it is taken back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { daysFromToday, newBirth } from '../lib/samples.mjs';

const kTimeout = { timeout: 240_000 };

async function proposedDossier() {
  const citizen = await as('cong-dan');
  const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  await (await as('mot-cua')).act(code, 'accept');
  const handler = new Client((await world()).base);
  await handler.signIn('chuyen-vien');
  await handler.actAt('H12.126.02');
  await handler.act(code, 'take');
  await handler.act(code, 'propose', { result_text: 'Đủ điều kiện' });
  return code;
}

async function fillDate(scope, id, iso) {
  const [year, month, day] = iso.split('-');
  await scope.locator(`[id="${id}-day"]`).fill(String(Number(day)));
  await scope.locator(`[id="${id}-month"]`).fill(String(Number(month)));
  await scope.locator(`[id="${id}-year"]`).fill(year);
}

test('delegation: a leader delegates, the delegate decides for him, the leader takes it back', async () => {
  const code = await proposedDossier();
  const leader = await newPerson({ width: 1280, height: 900 });
  await signIn(leader, 'lanh-dao');
  await leader.page.goto('/can-bo/uy-quyen');
  await expect(leader.page.getByRole('heading', { level: 1, name: 'Ủy quyền của tôi' })).toBeVisible();
  await leader.page.getByRole('button', { name: 'Ủy quyền', exact: true }).click();
  const dialog = leader.page.getByRole('dialog', { name: 'Ủy quyền' });
  await expect(dialog.getByRole('combobox', { name: 'Ủy quyền việc nào' })).toHaveValue('Của tôi: Chủ tịch');
  await dialog.getByRole('button', { name: 'Ủy quyền', exact: true }).click();
  await expect(dialog.getByText('Hãy chọn người đang làm việc tại cơ quan này hoặc đơn vị trực thuộc.')).toBeVisible();
  await judge(leader, '70-delegation-dialog');
  await dialog.getByRole('combobox', { name: 'Cho ai' }).fill('khai');
  await dialog.getByRole('option', { name: /Phạm Hoàng Khải/ }).click();
  await fillDate(dialog, 'delegation-until', daysFromToday(2));
  await dialog.getByLabel('Lý do, căn cứ').fill('Đi công tác, Quyết định số 15/QĐ-UBND');
  await dialog.getByRole('button', { name: 'Ủy quyền', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(leader.page.getByRole('list', { name: 'Tôi ủy quyền' }).getByText('Phạm Hoàng Khải thay Võ Minh Tâm').first()).toBeVisible();
  await judge(leader, '71-delegations-given');

  const deputy = await newPerson();
  const { page } = deputy;
  await signIn(deputy, 'chuyen-vien');
  await page.goto('/can-bo');
  await expect(page.getByText(/Bạn được ủy quyền làm thay Võ Minh Tâm/)).toBeVisible();
  await judge(deputy, '72-inbox-with-delegated-work');
  await page.getByRole('button', { name: /^Làm thay: Võ Minh Tâm/ }).click();
  await expect(page.getByRole('region', { name: 'Đang làm việc với vai trò' })).toContainText('thay Võ Minh Tâm');
  await page.goto(`/can-bo/ho-so/${code}`);
  await page.getByRole('button', { name: 'Phê duyệt và ban hành kết quả', exact: true }).click();
  const approve = page.getByRole('dialog');
  await approve.getByRole('button', { name: 'Phê duyệt và ban hành kết quả', exact: true }).click();
  await expect(approve).toBeHidden();
  await expect(page.getByText('Phạm Hoàng Khải thay Võ Minh Tâm, Chủ tịch').first()).toBeVisible();
  await page.getByRole('tab', { name: 'Diễn biến' }).click();
  await expect(page.getByRole('list', { name: 'Diễn biến' }).getByText('Phạm Hoàng Khải thay Võ Minh Tâm, Chủ tịch').first()).toBeVisible();
  await judge(deputy, '73-dossier-decided-on-behalf');
  const pdf = await page.request.get(`/api/v1/dossiers/${code}/result.pdf`);
  assert.match(execFileSync('pdftotext', ['-layout', '-', '-'], { input: await pdf.body(), encoding: 'utf8' }).normalize('NFC'), /TUQ\. CHỦ TỊCH/);

  await leader.page.getByRole('button', { name: 'Thu hồi: Phạm Hoàng Khải thay Võ Minh Tâm' }).click();
  const sure = leader.page.getByRole('dialog', { name: 'Thu hồi' });
  await judge(leader, '74-delegation-revoke');
  await sure.getByRole('button', { name: 'Thu hồi', exact: true }).click();
  await expect(leader.page.getByText('Đã thu hồi').first()).toBeVisible();
  assert.equal((await page.request.get('/api/v1/inbox')).status(), 403);
  await page.goto('/can-bo');
  await page.waitForURL('**/phan-cong');
  await expect(page.getByRole('heading', { level: 1, name: 'Chọn phân công' })).toBeVisible();
  await judge(deputy, '75-choose-assignment');
  await page.getByRole('button', { name: /^Làm việc: Công chức tư pháp/ }).click();
  await page.waitForURL('**/can-bo');
  await expect(page.getByRole('heading', { level: 1, name: 'Hộp việc' })).toBeVisible();
  await close(deputy);
  await close(leader);
}, kTimeout);

test('delegation: an administrator sets dates and delegates for somebody who is away', async () => {
  const admin = await newPerson({ width: 1280, height: 900 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/tai-khoan?q=van-thu');
  await page.getByRole('button', { name: /^Quản lý: Huỳnh Ngọc Diệp/ }).click();
  const dialog = page.getByRole('dialog', { name: /Huỳnh Ngọc Diệp/ });
  await dialog.getByRole('button', { name: 'Thời hạn: Văn thư' }).click();
  await fillDate(dialog, 'assignment-end', daysFromToday(30));
  await dialog.getByRole('button', { name: 'Lưu', exact: true }).click();
  await expect(dialog.getByText(/đến hết/).first()).toBeVisible();
  await judge(admin, '76-account-with-dates');
  await dialog.getByRole('button', { name: 'Ủy quyền: Văn thư' }).click();
  const giving = page.getByRole('dialog', { name: 'Ủy quyền', exact: true });
  await giving.getByRole('combobox', { name: 'Cho ai' }).fill('ngan');
  await giving.getByRole('option', { name: /Lê Thị Thu Ngân/ }).click();
  await fillDate(giving, 'delegation-until', daysFromToday(1));
  await giving.getByLabel('Lý do, căn cứ').fill('Nghỉ ốm');
  await giving.getByRole('button', { name: 'Ủy quyền', exact: true }).click();
  await expect(dialog.getByText('Lê Thị Thu Ngân thay Huỳnh Ngọc Diệp').first()).toBeVisible();
  await judge(admin, '77-account-with-delegation', { pictures: false });
  await dialog.getByRole('button', { name: 'Thu hồi: Lê Thị Thu Ngân thay Huỳnh Ngọc Diệp' }).click();
  await page.getByRole('dialog', { name: 'Thu hồi', exact: true }).getByRole('button', { name: 'Thu hồi', exact: true }).click();
  await expect(dialog.getByText('Đã thu hồi').first()).toBeVisible();
  // As it was, for the tests after this one.
  await dialog.getByRole('button', { name: 'Thời hạn: Văn thư' }).click();
  for (const part of ['day', 'month', 'year']) await dialog.locator(`[id="assignment-end-${part}"]`).fill('');
  await dialog.getByRole('button', { name: 'Lưu', exact: true }).click();
  await expect(dialog.getByText(/đến hết/).first()).toHaveCount(1);
  await close(admin);
}, kTimeout);
