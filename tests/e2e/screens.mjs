// What the story does not pass by: other screens, the counter, drafts without network, hostile text, English.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { fillStep, tick } from '../lib/fill.mjs';
import { as } from '../lib/world.mjs';
import { newBirth } from '../lib/samples.mjs';

const kTimeout = { timeout: 240_000 };

async function narrow(person, name) {
  const { page } = person;
  await page.setViewportSize({ width: 320, height: 800 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${name}: scrolls sideways at 320 px`);
  await page.setViewportSize(person.size);
}

async function visit(person, path, heading, name) {
  await person.page.goto(path);
  await expect(person.page.getByRole('heading', { level: 1, name: heading }).first()).toBeVisible();
  await judge(person, name);
  await narrow(person, name);
}

test('screens: the officer\'s inbox empty, search, counter', async () => {
  const desk = await newPerson({ width: 1280, height: 800 });
  await signIn(desk, 'mot-cua');
  await visit(desk, '/can-bo?q=khong-co-viec-nay', 'Hộp việc', '20-inbox-empty');
  await expect(desk.page.getByText('Không có việc nào khớp')).toBeVisible();
  await visit(desk, '/can-bo/tra-cuu?q=nguyen', /./, '21-officer-search');
  await visit(desk, '/can-bo/tiep-nhan', 'Tiếp nhận tại quầy', '22-counter');
  await close(desk);
}, kTimeout);

test('screens: the administrator\'s', async () => {
  const admin = await newPerson({ width: 1280, height: 800 });
  await signIn(admin, 'quan-tri');
  for (const [path, heading, name] of [
    ['/quan-tri', 'Tổng quan', '30-admin'],
    ['/quan-tri/don-vi', 'Đơn vị', '31-units'],
    ['/quan-tri/tai-khoan', 'Tài khoản', '32-accounts'],
    ['/quan-tri/khoi-phuc', 'Khôi phục tài khoản', '36-recoveries'],
    ['/quan-tri/ket-noi', 'Hệ thống kết nối', '37-machines'],
    ['/quan-tri/lich', 'Lịch làm việc', '33-calendar'],
    ['/quan-tri/goi', 'Gói cấu hình', '34-packs'],
    ['/quan-tri/cong-viec', 'Việc nền', '35-jobs'],
    ['/quan-tri/nhat-ky', 'Nhật ký kiểm toán', '36-audit'],
    ['/quan-tri/suc-khoe', 'Tình trạng hệ thống', '37-health']
  ])
    await visit(admin, path, heading, name);
  await close(admin);
}, kTimeout);

test('counter: a person is called from the queue and received by keyboard alone; a reload on the way loses nothing', async () => {
  const kiosk = await newPerson({ width: 1280, height: 800 });
  const { key } = (await (await as('lanh-dao')).post('/api/v1/queue/kiosk-key')).body;
  await kiosk.page.addInitScript(() => (window.print = () => undefined));
  await kiosk.page.goto(`/lay-so/H12.126#${key}`);
  await kiosk.page.getByRole('button', { name: /Nộp hồ sơ/ }).click();
  await expect(kiosk.page.getByRole('heading', { name: 'Số của bạn' })).toBeVisible();
  const number = (await kiosk.page.locator('.no').textContent()).trim();
  await judge(kiosk, '23-ticket');
  await kiosk.page.goto('/hang-cho/H12.126');
  const desk = await newPerson({ width: 1280, height: 800 });
  const { page } = desk;
  await signIn(desk, 'mot-cua');
  await page.goto('/can-bo/tiep-nhan');
  await expect(page.getByLabel(/Quét mã QR/)).toBeFocused();
  const queue = page.getByRole('region', { name: 'Hàng chờ' });
  await queue.getByLabel('Quầy').focus();
  await page.keyboard.insertText('Quầy 7');
  await page.keyboard.press('Alt+n');
  await expect(queue).toContainText(number);
  await expect(kiosk.page.getByText('Quầy 7').first()).toBeVisible();
  await judge(kiosk, '23-wall');
  await close(kiosk);
  await page.getByLabel(/Quét mã QR/).focus();
  await page.keyboard.type('096085004321');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Đã có trong hệ thống, thông tin đã được điền')).toBeVisible();
  const procedure = page.getByRole('combobox', { name: /Tìm thủ tục/ });
  await expect(procedure).toBeFocused();
  await page.keyboard.type('2.000815');
  await expect(page.getByRole('option')).toHaveCount(1);
  await expect(page.getByRole('option')).toContainText('2.000815');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: '3. Tờ khai' })).toBeVisible();
  await expect(page.getByText(/Nếu nhận bây giờ, hẹn trả/)).toBeVisible();
  await fillStep(page);
  await page.reload();
  await expect(page.getByText('Đã mở lại hồ sơ đang nhận dở')).toBeVisible();
  await expect(page.locator('#person-personal_no')).toHaveValue('096085004321');
  await expect(page.getByRole('heading', { name: '3. Tờ khai' })).toBeVisible();
  for (const box of await page.getByRole('checkbox', { name: /bắt buộc|cam đoan nội dung là đúng/ }).all()) {
    if (await box.isChecked()) continue;
    await box.focus();
    await page.keyboard.press('Space');
    await expect(box).toBeChecked();
  }
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { name: 'Đã nhận hồ sơ' })).toBeVisible();
  await judge(desk, '23-received');
  await close(desk);
}, kTimeout);

test('draft: what was typed survives a reload without network', async () => {
  const citizen = await newPerson();
  const { page, context } = citizen;
  await signIn(citizen, 'nguoi-dan-2');
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.goto('/nop-ho-so/1.001193');
  await fillStep(page);
  await page.getByRole('button', { name: 'Tiếp tục', exact: true }).click();
  await page.waitForURL(/buoc=2/);
  await fillStep(page);
  const phone = page.locator('input[type=tel]').first();
  await phone.fill('0987654321');
  // It is saved when the browser's own store holds it.
  const kept = async () => {
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise((done, fail) => Object.assign(indexedDB.open(name), { onsuccess: (e) => done(e.target.result), onerror: fail }));
      for (const store of db.objectStoreNames) {
        const all = await new Promise((done, fail) => Object.assign(db.transaction(store).objectStore(store).getAll(), { onsuccess: (e) => done(e.target.result), onerror: fail }));
        if (JSON.stringify(all).includes('0987654321')) return db.close(), true;
      }
      db.close();
    }
    return false;
  };
  await expect.poll(() => page.evaluate(kept)).toBe(true);
  await context.setOffline(true);
  await page.reload();
  await expect(page.locator('input[type=tel]').first()).toHaveValue('0987654321');
  await expect(page.getByText('Đang không có mạng')).toBeVisible();
  await judge(citizen, '40-draft-offline', { pictures: false });
  await context.setOffline(false);
  await close(citizen);
}, kTimeout);

test('data access: a person sees who opened the own dossier and keeps the proof', async () => {
  const filer = await as('cong-dan');
  const code = (await filer.post('/api/v1/dossiers', await newBirth(filer))).body.dossier_code;
  assert.equal((await (await as('chuyen-vien')).get(`/api/v1/dossiers/${code}`)).status, 200);
  for (const size of [undefined, { width: 1280, height: 800 }]) {
    const citizen = await newPerson(size);
    const { page } = citizen;
    await signIn(citizen, 'cong-dan');
    await page.goto('/cai-dat');
    await page.getByRole('link', { name: 'Ai đã xem dữ liệu của tôi' }).click();
    await visit(citizen, '/cai-dat/ai-da-xem', 'Ai đã xem dữ liệu của tôi', size ? '41-data-access-wide' : '41-data-access');
    const look = page.getByRole('listitem').filter({ hasText: code }).filter({ hasText: 'Xem hồ sơ' }).first();
    await expect(look).toContainText('91/2025/QH15');
    await expect
      .poll(async () => {
        await page.reload();
        await look.waitFor();  // the page asks for the list after it has loaded
        return look.getByRole('link', { name: 'Tải chứng minh' }).count();
      }, { timeout: 30_000 })
      .toBe(1);
    const download = page.waitForEvent('download');
    await look.getByRole('link', { name: 'Tải chứng minh' }).click();
    assert.match((await download).suggestedFilename(), /\.tlog-proof$/);
    await close(citizen);
  }
  const stranger = await newPerson();
  await signIn(stranger, 'nguoi-dan-3');
  await visit(stranger, '/cai-dat/ai-da-xem', 'Ai đã xem dữ liệu của tôi', '42-data-access-none');
  await close(stranger);
}, kTimeout);

test('audit page: the whole log is checked, a witness is added and removed', async () => {
  const admin = await newPerson({ width: 1280, height: 800 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/nhat-ky');
  await page.getByRole('button', { name: 'Kiểm tra ngay' }).click();
  await expect(page.getByText('Nguyên vẹn')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Thêm nhân chứng' }).click();
  await page.getByLabel('Khóa nhân chứng của nơi kia').fill('không phải khóa');
  await page.getByLabel('Địa chỉ ký chứng của nơi kia').fill('http://127.0.0.1:9/audit/witness');
  await page.getByRole('button', { name: 'Thêm', exact: true }).click();
  await expect(page.getByText('Khóa không đúng dạng').first()).toBeVisible();
  await judge(admin, '43-audit-dialog');
  // A witness key: name, the id that follows from it, type 4 and 32 bytes.
  const key = Buffer.concat([Buffer.from([4]), Buffer.alloc(32, 7)]);
  const id = createHash('sha256').update('chung.example.vn/w\n').update(key).digest('hex').slice(0, 8);
  await page.getByLabel('Khóa nhân chứng của nơi kia').fill(`chung.example.vn/w+${id}+${key.toString('base64')}`);
  await page.getByRole('button', { name: 'Thêm', exact: true }).click();
  await expect(page.getByText('chung.example.vn/w').first()).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await judge(admin, '44-audit-witness');
  await narrow(admin, '44-audit-witness');
  await page.getByRole('button', { name: 'Bỏ', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Bỏ', exact: true }).click();
  await expect(page.getByText('Chưa có nhân chứng')).toBeVisible();
  await close(admin);
}, kTimeout);

test('hostile text: script in a dossier is shown as text to everyone', async () => {
  const script = '<img src=x onerror="window.hostile=1"><script>window.hostile=1</scr' + 'ipt>';
  const filer = await as('cong-dan');
  const body = await newBirth(filer);
  body.answers.child_birth_facility = script;
  const filed = await filer.post('/api/v1/dossiers', body);
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  await filer.act(code, 'withdraw', { reason: script });
  for (const [username, path] of [['cong-dan', `/ho-so/${code}`], ['mot-cua', `/can-bo/ho-so/${code}`]]) {
    const reader = await newPerson({ width: 1280, height: 800 });
    await signIn(reader, username);
    await reader.page.goto(path);
    await expect(reader.page.getByText('window.hostile=1').first()).toBeAttached();
    assert.equal(await reader.page.evaluate(() => window.hostile), undefined);
    assert.deepEqual(reader.complaints, []);
    await close(reader);
  }
}, kTimeout);

test('language: the whole screen changes to English and stays so', async () => {
  const person = await newPerson();
  const { page } = person;
  await page.goto('/cai-dat');
  await tick(page.getByRole('radio', { name: 'English' }));
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await judge(person, '50-settings-english');
  await page.goto('/thu-tuc/1.001193');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Birth registration');
  await judge(person, '51-procedure-english');
  await close(person);
}, kTimeout);
