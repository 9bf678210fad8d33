// A fee in the browser: the person files, a phone reads the code on the page, the bank tells, and the page changes by itself.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { creditFor, readQr, sendCredit } from '../lib/bank.mjs';
import { fillForm, kWard } from '../lib/samples.mjs';

async function filed() {
  const client = await as('cong-dan');
  const { answers, papers } = await fillForm(client, '2.000635', client.me.person);
  const answer = await client.post('/api/v1/dossiers', { procedure_code: '2.000635', unit_code: kWard, answers: { ...answers, copy_count: 2 }, papers, declaration: true });
  assert.equal(answer.status, 201, String(answer.bytes));
  return answer.body.dossier_code;
}

test('payments: the code on the page is paid, the page says so by itself, and the officer sees it', async () => {
  const { base } = await world();
  const code = await filed();
  const citizen = await newPerson();
  await signIn(citizen, 'cong-dan');
  await citizen.page.goto(`/ho-so/${code}`);
  const bill = citizen.page.getByRole('img', { name: /^Mã VietQR để chuyển khoản 16\.000 đồng/ });
  await expect(bill).toBeVisible();
  assert.ok(await bill.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'the picture of the code loads');
  await judge(citizen, 'bill-to-pay');

  const shown = (await (await as('cong-dan')).get(`/api/v1/dossiers/${code}/invoices`)).body.items[0];
  await expect(citizen.page.getByText(shown.reference)).toBeVisible();
  const told = await sendCredit(base, creditFor(await readQr(shown.vietqr)));
  assert.equal(told.body.state, 'settled', told.text);
  await expect(citizen.page.getByRole('status').getByText(`Đã nhận đủ phí, lệ phí · ${code}`)).toBeVisible();
  await expect(citizen.page.getByText('Đã nộp', { exact: true })).toBeVisible();
  await expect(citizen.page.getByRole('link', { name: /^Biên lai CM-/ })).toBeVisible();
  await judge(citizen, 'bill-paid');
  await close(citizen);

  const officer = await newPerson({ width: 1280, height: 900 });
  await signIn(officer, 'mot-cua');
  await officer.page.goto(`/can-bo/ho-so/${code}`);
  await expect(officer.page.getByText('Đã nộp', { exact: true })).toBeVisible();
  await judge(officer, 'bill-officer');
  await close(officer);
}, { timeout: 240_000 });

test('payments: the desk takes cash, resolves what does not fit, and its books agree', async () => {
  const { base } = await world();
  const code = await filed();
  const shown = (await (await as('cong-dan')).get(`/api/v1/dossiers/${code}/invoices`)).body.items[0];
  const officer = await newPerson({ width: 1280, height: 900 });
  const { page } = officer;
  await signIn(officer, 'mot-cua');
  await page.goto(`/can-bo/ho-so/${code}`);
  await page.getByRole('button', { name: 'Thu tiền mặt' }).click();
  await judge(officer, 'bill-cash-dialog');
  await page.getByRole('button', { name: 'Đã nhận đủ tiền' }).click();
  await expect(page.getByRole('link', { name: /^Biên lai CM-/ })).toBeVisible();

  // The same person transfers as well: paid twice.
  const double = await sendCredit(base, creditFor(await readQr(shown.vietqr)));
  assert.equal(double.body.problem, 'double');
  await page.getByRole('link', { name: 'Thu phí' }).click();
  const row = page.getByRole('row').filter({ hasText: 'Trùng, khoản đã nộp' }).first();
  await expect(row).toBeVisible();
  await judge(officer, 'pay-queue');
  await row.getByRole('button', { name: 'Xử lý' }).click();
  await page.getByLabel('Phải hoàn trả người nộp').check();
  await page.getByLabel('Lý do').fill('Nộp hai lần');
  await judge(officer, 'pay-refund-dialog');
  await page.getByRole('dialog').getByRole('button', { name: 'Xử lý', exact: true }).click();
  await expect(page.getByText('Chờ duyệt hoàn trả').first()).toBeVisible();
  await page.getByRole('tab', { name: 'Trong ngày' }).click();
  await expect(page.getByText('Tiền mặt phải có trong ngày')).toBeVisible();
  await judge(officer, 'pay-day');
  await page.getByRole('tab', { name: 'Đối soát' }).click();
  await expect(page.getByText('Tiền gửi ngân hàng')).toBeVisible();
  await judge(officer, 'pay-books');
  await close(officer);

  const leader = await newPerson({ width: 1280, height: 900 });
  await signIn(leader, 'lanh-dao');
  await leader.page.goto('/can-bo/thu-phi');
  await leader.page.getByRole('tab', { name: /^Hoàn trả/ }).click();
  await leader.page.getByRole('button', { name: 'Xem và duyệt' }).first().click();
  await judge(leader, 'pay-decision');
  await leader.page.getByRole('button', { name: 'Duyệt hoàn trả', exact: true }).click();
  await expect(leader.page.getByRole('status').getByText('Đã ghi quyết định.')).toBeVisible();
  await close(leader);

  const admin = await newPerson({ width: 1280, height: 900 });
  await signIn(admin, 'quan-tri');
  await admin.page.goto('/quan-tri/thanh-toan');
  await admin.page.getByLabel('Tìm đơn vị').fill('an xuyen');
  await expect(admin.page.getByText('UBND PHUONG AN XUYEN')).toBeVisible();
  await judge(admin, 'pay-accounts');
  await close(admin);
}, { timeout: 300_000 });

test('payments: the desk takes a bill back, writes a receipt anew and asks for the money to be given back', async () => {
  const [unpaid, paid] = [await filed(), await filed()];
  const officer = await newPerson({ width: 1280, height: 900 });
  const { page } = officer;
  const dialog = page.getByRole('dialog');
  await signIn(officer, 'mot-cua');
  await page.goto(`/can-bo/ho-so/${unpaid}`);
  await page.getByRole('button', { name: 'Hủy khoản phải nộp' }).click();
  await expect(dialog.getByRole('button', { name: 'Hủy khoản này' })).toBeDisabled();
  await dialog.getByLabel('Lý do').fill('Lập nhầm mức phí');
  await judge(officer, 'bill-cancel-dialog');
  await dialog.getByRole('button', { name: 'Hủy khoản này' }).click();
  await expect(page.getByText('Lập nhầm mức phí')).toBeVisible();

  await page.goto(`/can-bo/ho-so/${paid}`);
  await page.getByRole('button', { name: 'Thu tiền mặt' }).click();
  await page.getByRole('button', { name: 'Đã nhận đủ tiền' }).click();
  await page.getByRole('button', { name: 'Thay biên lai' }).click();
  await dialog.getByLabel('Người nộp', { exact: true }).fill('Trần Văn Hai');
  await dialog.getByLabel('Lý do').fill('Ghi sai tên');
  await judge(officer, 'bill-replace-dialog');
  await dialog.getByRole('button', { name: 'Lập biên lai thay thế' }).click();
  await expect(page.getByRole('link', { name: /^Biên lai CM-/ })).toHaveCount(2);
  await page.getByRole('button', { name: 'Hoàn trả tiền' }).click();
  await dialog.getByLabel('Lý do').fill('Rút hồ sơ');
  await judge(officer, 'bill-refund-dialog');
  await dialog.getByRole('button', { name: 'Đề nghị hoàn trả' }).click();
  await expect(page.getByRole('status').getByText('Đã gửi đề nghị hoàn trả')).toBeVisible();
  const [bill] = (await (await as('cong-dan')).get(`/api/v1/dossiers/${paid}/invoices`)).body.items;
  assert.deepEqual(bill.receipts.map((one) => [one.state, one.payer_name === 'Trần Văn Hai']).sort(), [['cancelled', false], ['valid', true]]);
  await close(officer);
}, { timeout: 240_000 });
