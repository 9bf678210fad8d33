// Reception at any desk on the screen: one ward's counter receives for another, papers go from desk to desk, the report counts it.
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { fillStep, tick } from '../lib/fill.mjs';

for (const width of [1280, 390]) {
  test(`any desk: a dossier of another ward is received at the counter and its papers are handed over, ${width} px`, async () => {
    const elsewhere = await newPerson({ width, height: 900 });
    const { page } = elsewhere;
    await signIn(elsewhere, 'mot-cua-2');
    await page.goto('/can-bo/tiep-nhan');
    await page.getByLabel(/Quét mã QR/).fill('096085004321');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Đã có trong hệ thống, thông tin đã được điền')).toBeVisible();
    const procedure = page.getByRole('combobox', { name: /Tìm thủ tục/ });
    await procedure.fill('2.000815');
    await expect(page.getByRole('option')).toHaveCount(1);
    await expect(page.getByRole('option')).toContainText('2.000815');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: '3. Tờ khai' })).toBeVisible();
    await page.getByText('Tiếp nhận cho đơn vị khác (phi địa giới)').click();
    await page.getByRole('combobox', { name: 'Xã, phường có thẩm quyền' }).fill('an xuyên');
    await expect(page.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('radio', { name: /Tại đây/ })).toBeChecked();
    await fillStep(page);
    for (const box of await page.getByRole('checkbox', { name: /bắt buộc|cam đoan nội dung là đúng/ }).all()) if (!(await box.isChecked())) await tick(box);
    await judge(elsewhere, `98-any-desk-counter`);
    await page.getByRole('button', { name: 'Nhận hồ sơ' }).click();
    await expect(page.getByRole('heading', { name: 'Đã nhận hồ sơ' })).toBeVisible();
    await expect(page.getByText(/Hồ sơ thuộc thẩm quyền của .*An Xuyên/)).toBeVisible();
    await judge(elsewhere, `98-any-desk-received`);
    const code = (await page.locator('.number').textContent()).trim();
    await page.getByRole('link', { name: 'Mở hồ sơ' }).click();
    await expect(page.getByRole('heading', { name: 'Tiếp nhận phi địa giới' })).toBeVisible();
    await page.getByLabel('Ghi chú bàn giao').fill('Gửi theo chuyến công văn buổi chiều.');
    await judge(elsewhere, `98-any-desk-to-send`);
    await page.getByRole('button', { name: 'Ghi nhận đã bàn giao' }).click();
    await expect(page.getByRole('button', { name: 'Ghi nhận đã bàn giao' })).toHaveCount(0);

    const desk = await newPerson({ width, height: 900 });
    await signIn(desk, 'mot-cua');
    await desk.page.goto(`/can-bo/ho-so/${code}`);
    await desk.page.getByRole('button', { name: 'Xác nhận đã nhận giấy tờ' }).click();
    await expect(desk.page.getByRole('button', { name: 'Xác nhận đã nhận giấy tờ' })).toHaveCount(0);
    await desk.page.goto('/can-bo/phi-dia-gioi?bang=elsewhere');
    await expect(desk.page.getByRole('tab', { name: /Đơn vị khác nhận/, selected: true })).toBeVisible();
    await judge(desk, `98-any-desk-report`);
    await desk.page.getByRole('link', { name: /Tổng.*Đã xác nhận nhận giấy tờ/ }).click();
    await expect(desk.page.getByRole('link', { name: code })).toBeVisible();
    await judge(desk, `98-any-desk-behind`);
    await close(elsewhere);
    await close(desk);
  }, { timeout: 240_000 });
}
