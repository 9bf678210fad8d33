// Areas and units on the screen: an old address found by anyone, used in a form, the map by keyboard, a merger previewed.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';

test('units: anyone finds the new commune of an old address, on a phone', async () => {
  const person = await newPerson({ width: 390, height: 844 });
  const { page } = person;
  await page.goto('/don-vi');
  await page.getByRole('textbox', { name: 'Địa chỉ cũ' }).fill('so 5 ap 3 xa khanh binh dong huyen tran van thoi');
  await expect(page.getByText('Xã Khánh Bình Đông, Huyện Trần Văn Thời, Tỉnh Cà Mau')).toBeVisible();
  await expect(page.getByText('nay là')).toBeVisible();
  await expect(page.locator('.choice strong', { hasText: 'Xã Khánh Bình' })).toBeVisible();
  await judge(person, '40-area-found');
  // A commune that was divided: the parts, and no guess.
  await page.getByRole('textbox', { name: 'Địa chỉ cũ' }).fill('Khóm 2, phường 6, thành phố Cà Mau');
  await expect(page.getByText('Nơi này đã được chia cho 2 xã, phường', { exact: false })).toBeVisible();
  await expect(page.locator('.choice', { hasText: 'Phường Tân Thành' })).toContainText('Hợp với địa chỉ đã ghi');
  await judge(person, '41-area-split');
  await page.getByRole('textbox', { name: 'Địa chỉ cũ' }).fill('đường không có tên này');
  await expect(page.getByText('Chưa tìm thấy.', { exact: false })).toBeVisible();
  await close(person);
});

test('units: the map is walked by keyboard and says the same as the list', async () => {
  const person = await newPerson({ width: 1280, height: 900 });
  const { page } = person;
  await page.goto('/don-vi');
  await page.getByRole('button', { name: 'Xem bản đồ' }).click();
  const first = page.getByRole('option', { name: 'Phường An Xuyên' });
  await first.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('option', { name: 'Phường Tân Thành' })).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(first).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('button', { name: 'Phường An Xuyên' })).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByText('Phường 9, Thành phố Cà Mau, Tỉnh Cà Mau')).toBeVisible();
  await judge(person, '42-area-map');
  await close(person);
});

test('units: an old address fills the address of a form', async () => {
  const person = await newPerson({ width: 390, height: 844 });
  const { page } = person;
  await signIn(person, 'cong-dan');
  await page.goto('/nop-ho-so/1.001193?buoc=2');
  const link = page.getByRole('button', { name: 'Tôi chỉ biết địa chỉ cũ' }).first();
  await link.click();
  await page.getByRole('textbox', { name: 'Địa chỉ cũ' }).fill('ấp 3, xã Khánh Bình Đông, huyện Trần Văn Thời');
  await page.getByRole('button', { name: 'Dùng nơi này: Xã Khánh Bình' }).click();
  await expect(page.getByRole('combobox', { name: 'Xã, phường, đặc khu' }).first()).toHaveValue('Xã Khánh Bình');
  await expect(link).toHaveAttribute('aria-expanded', 'false');
  await judge(person, '43-area-in-form');
  await close(person);
});

test('units: an administrator previews a merger, keeps it for its day and cancels it', async () => {
  const person = await newPerson({ width: 1280, height: 900 });
  const { page } = person;
  await signIn(person, 'quan-tri');
  await page.goto('/quan-tri/don-vi');
  await page.getByRole('link', { name: 'Sáp nhập đơn vị' }).click();
  await page.getByRole('button', { name: 'Xem trước' }).click();
  await expect(page.getByText('Hãy điền', { exact: false }).first()).toBeVisible();
  for (const name of ['Phường An Xuyên', 'Phường Tân Thành']) {
    await page.getByRole('combobox', { name: 'Thêm đơn vị' }).fill(name);
    await page.getByRole('option', { name }).first().click();
    await expect(page.getByRole('button', { name: `Bỏ ${name}` })).toBeVisible();
  }
  await page.getByText('Một đơn vị đang có').first().waitFor();
  await page.getByRole('radio', { name: 'Đơn vị mới' }).check({ force: true });
  await page.getByLabel('Mã đơn vị mới').fill('H12.190');
  await page.getByLabel('Tên đầy đủ').fill('Ủy ban nhân dân phường Thử Nghiệm');
  await page.getByLabel('Tên gọi').fill('Phường Thử Nghiệm');
  await page.getByLabel('Căn cứ').fill('Nghị quyết 1');
  const year = String(new Date().getFullYear() + 1);
  for (const [part, value] of [['Ngày', '1'], ['Tháng', '1'], ['Năm', year]]) await page.getByLabel(part, { exact: true }).fill(value);
  await judge(person, '44-merger-form');
  await page.getByRole('button', { name: 'Xem trước' }).click();
  await expect(page.getByRole('heading', { name: 'Những gì sẽ chuyển' })).toBeFocused();
  await expect(page.getByRole('row', { name: /Phân công cán bộ 13/ })).toBeVisible();
  await expect(page.getByText('H12.190.01').first()).toBeVisible();
  await judge(person, '45-merger-preview');
  await page.getByRole('button', { name: 'Lập kế hoạch sáp nhập' }).click();
  await expect(page.getByText('Hãy xác nhận đã xem danh sách')).toBeVisible();
  await page.getByRole('checkbox').check({ force: true });
  await page.getByRole('button', { name: 'Lập kế hoạch sáp nhập' }).click();
  await expect(page.getByText('Chờ đến ngày')).toBeVisible();
  await judge(person, '46-merger-scheduled');
  await page.getByRole('button', { name: 'Hủy kế hoạch' }).click();
  await expect(page.getByText('Đã hủy', { exact: true })).toBeVisible();
  assert.equal(await page.getByText('Chờ đến ngày').count(), 0);
  await close(person);
});
