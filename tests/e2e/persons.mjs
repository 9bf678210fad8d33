// Persons on the screen: a card scanned wherever the cursor stands, a contradiction compared, joined and taken apart, one's own papers.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { fillStep } from '../lib/fill.mjs';
import { fillForm, kWard } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';

const kTimeout = { timeout: 240_000 };
const kCard = '096195003311|381777888|Đỗ Thị Kim Thoa|09031995|Nữ|Khóm 3, Phường An Xuyên, Cà Mau|20092021';

// A reader is a quick typist that cannot see the screen; Vietnamese letters come as text.
async function scan(page, line) {
  for (const part of line.split(/([0-9|]+)/)) {
    if (/^[0-9|]+$/.test(part)) await page.keyboard.type(part);
    else if (part) await page.keyboard.insertText(part);
  }
  await page.keyboard.press('Enter');
}
async function chooseProcedure(page) {
  const procedure = page.getByRole('combobox', { name: /Tìm thủ tục/ });
  await expect(procedure).toBeFocused();
  await procedure.fill('2.000815');
  await expect(page.getByRole('option')).toHaveCount(1);
  await page.getByRole('option').click();
  await expect(page.getByRole('heading', { name: '3. Tờ khai' })).toBeVisible();
}
async function accept(page) {
  await fillStep(page);
  for (const box of await page.getByRole('checkbox', { name: /bắt buộc|cam đoan nội dung là đúng/ }).all()) await box.check({ force: true });
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Đã nhận hồ sơ' })).toBeVisible();
}

test('persons: a card is scanned wherever the cursor stands, and a wrong line says why', async () => {
  const desk = await newPerson({ width: 1280, height: 900 });
  const { page } = desk;
  await signIn(desk, 'mot-cua');
  await page.goto('/can-bo/tiep-nhan');
  const scanBox = page.getByLabel(/Quét mã QR/);
  await expect(scanBox).toBeFocused();
  // In the middle of typing elsewhere.
  await page.locator('#phone').pressSequentially('0912');
  await scan(page, kCard);
  await expect(page.locator('#person-full_name')).toHaveValue('Đỗ Thị Kim Thoa');
  await expect(page.locator('#person-personal_no')).toHaveValue('096195003311');
  await expect(page.locator('#person-birth_on-year')).toHaveValue('1995');
  await expect(page.getByLabel(/^Địa chỉ liên hệ/)).toHaveValue('Khóm 3, Phường An Xuyên, Cà Mau');
  await expect(scanBox).toHaveValue('');
  await expect(page.getByText('Đã điền thông tin từ thẻ căn cước')).toBeVisible();
  // A box that takes two characters only, and a page without any focus.
  await page.locator('#person-birth_on-day').fill('7');
  await page.locator('#person-birth_on-day').focus();
  await scan(page, kCard.replace('Đỗ Thị Kim Thoa', 'ĐỖ THỊ KIM THOA'));
  await expect(page.locator('#person-birth_on-day')).toHaveValue('9');
  await expect(page.locator('#person-full_name')).toHaveValue('Đỗ Thị Kim Thoa');
  await page.evaluate(() => document.activeElement.blur());
  await scan(page, kCard.replace('|20092021', ''));
  await expect(page.getByText('Đã điền thông tin từ thẻ căn cước')).toBeVisible();
  await judge(desk, '50-scan');
  await page.getByRole('heading', { level: 1 }).click();
  await scan(page, kCard.replace('09031995', '31021995'));
  await expect(page.getByRole('alert')).toContainText('Ngày sinh trong dòng quét được không phải một ngày có thật');
  await expect(scanBox).toBeFocused();
  await judge(desk, '51-scan-wrong');
  // The wrong line is replaced by the next.
  await scan(page, kCard);
  await expect(page.getByText('Đã điền thông tin từ thẻ căn cước')).toBeVisible();
  await chooseProcedure(page);
  // In a box of the form: what was typed there stays, what the reader typed there goes.
  const box = page.locator('form input[type=text][id^="f-"]').first();
  const typed = await box.inputValue();
  await box.press('End');
  await box.pressSequentially(' số 7');
  await scan(page, kCard);
  await expect(scanBox).toHaveValue('');
  await expect(box).toHaveValue(`${typed} số 7`);
  await box.fill(typed);
  await accept(page);
  await close(desk);
}, kTimeout);

test('persons: a contradiction is compared, joined, and taken apart again', async () => {
  const client = await as('mot-cua');
  const thoa = { full_name: 'Đỗ Thị Kim Thoa', personal_no: '096195003329', birth_on: '1995-03-09', sex: 'female' };
  const { answers, papers } = await fillForm(client, '2.000815', thoa);
  const filed = await client.post('/api/v1/dossiers', { procedure_code: '2.000815', unit_code: kWard, channel: 'counter', answers, papers, declaration: true, applicant: thoa });
  assert.equal(filed.status, 201, String(filed.bytes));
  const desk = await newPerson({ width: 1280, height: 900 });
  await signIn(desk, 'mot-cua');
  await desk.page.goto('/can-bo/tiep-nhan');
  await expect(desk.page.getByLabel(/Quét mã QR/)).toBeFocused();
  await scan(desk.page, '096195003329|381777889|Đỗ Thị Kim Thoan|09031995|Nữ|Khóm 3, Phường An Xuyên, Cà Mau|20092021');
  await expect(desk.page.getByText('Số này đã có trong hệ thống với họ tên khác.', { exact: false })).toBeVisible();
  await judge(desk, '52-scan-differs');
  await chooseProcedure(desk.page);
  await accept(desk.page);
  await close(desk);

  const leader = await newPerson({ width: 1280, height: 900 });
  const { page } = leader;
  await signIn(leader, 'lanh-dao');
  await page.goto('/can-bo/doi-chieu');
  await expect(page.getByRole('heading', { level: 1, name: 'Đối chiếu người' })).toBeVisible();
  await judge(leader, '53-compare-list');
  await page.getByRole('link', { name: 'Đỗ Thị Kim Thoa / Đỗ Thị Kim Thoan' }).click();
  await expect(page.getByText('Cùng số giấy tờ, khác họ tên hoặc ngày sinh')).toBeVisible();
  await expect(page.getByRole('row', { name: /Họ.*tên/ })).toContainText('khác');
  await page.getByRole('radio', { name: /Cùng một người/ }).check({ force: true });
  await expect(page.getByRole('radio', { name: /Đỗ Thị Kim Thoa, / })).toBeChecked();
  await judge(leader, '54-compare');
  await page.getByRole('button', { name: 'Ghi kết luận' }).click();
  await expect(page.getByText('Ô này cần được điền', { exact: false }).or(page.locator('#reason[aria-invalid=true]')).first()).toBeVisible();
  await page.getByLabel('Lý do').fill('Đã xem thẻ gốc: nhập thừa một chữ.');
  await page.getByRole('button', { name: 'Ghi kết luận' }).click();
  await expect(page.getByText('Cùng một người', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: /Mở trang người này: Đỗ Thị Kim Thoan/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Đỗ Thị Kim Thoa', exact: true })).toBeVisible();
  await expect(page.getByText('Người này gồm 2 bản ghi đã gộp')).toBeVisible();
  await expect(page.locator('.dossier')).toHaveCount(2);
  await judge(leader, '55-person');
  await page.goBack();
  await expect(page.getByRole('button', { name: 'Tách ra và mở lại' })).toBeVisible();
  await judge(leader, '56-compare-joined');
  await page.getByLabel('Lý do').fill('Hai chị em, thẻ gốc khác nhau.');
  await page.getByRole('button', { name: 'Tách ra và mở lại' }).click();
  await expect(page.getByRole('button', { name: 'Ghi kết luận' })).toBeVisible();
  await page.getByRole('link', { name: /Mở trang người này: Đỗ Thị Kim Thoan/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Đỗ Thị Kim Thoan' })).toBeVisible();
  await expect(page.locator('.dossier')).toHaveCount(1);
  await page.getByRole('button', { name: 'Thêm giấy tờ' }).click();
  await page.getByLabel('Loại giấy tờ').selectOption('tax_no');
  await page.getByLabel('Số', { exact: true }).fill('0100109107');
  await page.getByRole('dialog').getByLabel('Lý do').fill('Xem giấy gốc');
  await page.getByRole('button', { name: 'Lưu' }).click();
  await expect(page.getByText('Mã số thuế sai chữ số kiểm tra', { exact: false })).toBeVisible();
  await judge(leader, '57-add-paper');
  await page.getByLabel('Số', { exact: true }).fill('0100109106');
  await page.getByRole('button', { name: 'Lưu' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByText('0100109106').first()).toBeVisible();
  await page.goto('/can-bo/nguoi');
  await page.getByLabel(/Số giấy tờ/).fill('0100109106');
  await page.getByRole('button', { name: 'Tìm' }).click();
  await expect(page.getByRole('link', { name: 'Đỗ Thị Kim Thoan' })).toBeVisible();
  await judge(leader, '58-find-person');
  await close(leader);
}, kTimeout);

test('persons: one\'s own papers, half hidden, and a mistake reported', async () => {
  const person = await newPerson({ width: 390, height: 844 });
  const { page } = person;
  await signIn(person, 'nguoi-dan-2');
  await page.goto('/cai-dat');
  await page.getByRole('link', { name: 'Giấy tờ tùy thân của tôi' }).click();
  await expect(page.getByText(/^•{8}\d{4}$/)).toBeVisible();
  await page.getByLabel('Chỗ nào chưa đúng?').fill('Thiếu ngày cấp của thẻ căn cước.');
  await page.getByRole('button', { name: 'Gửi báo cáo' }).click();
  await expect(page.getByRole('heading', { name: 'Báo cáo đã gửi' })).toBeVisible();
  await judge(person, '59-own-papers');
  await close(person);
}, kTimeout);
