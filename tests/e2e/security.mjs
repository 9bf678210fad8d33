// An account's security in the browser: two-step sign-in, passkeys, recovery by two administrators, connected systems.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from '../lib/runner.mjs';
import { close, enterPassword, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { tick } from '../lib/fill.mjs';
import { anyone, as, world } from '../lib/world.mjs';

const kTimeout = { timeout: 240_000 };
const kOwn = 'mat-khau-cua-rieng-toi';
let made = 0;

const oathtool = (secret, secondsOn = 0) => execFileSync('oathtool', ['--totp', '-b', secret, `--now=@${Math.floor(Date.now() / 1000) + secondsOn}`], { encoding: 'utf8' }).trim();

/** A fresh citizen account with a password of its own: its number. */
async function makeAccount(username) {
  const admin = await as('quan-tri');
  const { body } = await admin.post('/api/v1/admin/accounts', { username, full_name: 'Lê Thị An Toàn' });
  const client = await anyone();
  await client.signIn(username, body.one_time_password);
  assert.equal((await client.post('/api/v1/me/password', { current_password: body.one_time_password, new_password: kOwn })).status, 204);
  return body.account_id;
}

async function newAccount() {
  const username = `an-toan-${++made}`;
  await makeAccount(username);
  return username;
}

// Passkeys belong to names, not to numbers: the pages are opened at localhost.
async function at(person, path) {
  await person.page.goto(`http://localhost:${(await world()).server.port}${path}`);
}

async function passwordStep(person, username) {
  await at(person, '/dang-nhap?tiep=/cai-dat/bao-mat');
  await enterPassword(person, username, kOwn);
}

async function leave(person) {
  await person.context.clearCookies();
  await person.page.evaluate(() => localStorage.clear());
}

test('security: an authenticator app is enrolled and asked for at the next sign-in', async () => {
  const username = await newAccount();
  const person = await newPerson();
  const { page } = person;
  await passwordStep(person, username);
  await expect(page.getByRole('heading', { level: 1, name: 'Bảo mật tài khoản' })).toBeVisible();
  await expect(page.getByText('Thiết bị này', { exact: true })).toBeVisible();
  await judge(person, '60-security-empty');
  await page.getByRole('button', { name: 'Bật ứng dụng xác thực' }).click();
  await expect(page.getByRole('img', { name: 'Mã QR cho ứng dụng xác thực' })).toBeVisible();
  const secret = (await page.locator('.secret').innerText()).replace(/\s/g, '');
  await page.getByLabel('Mã xác thực').fill('000000');
  await page.getByRole('button', { name: 'Bật', exact: true }).click();
  await expect(page.getByText('Mã chưa đúng hoặc đã dùng')).toBeVisible();
  await judge(person, '61-totp-enrol-error');
  await page.getByLabel('Mã xác thực').fill(oathtool(secret));
  await page.getByRole('button', { name: 'Bật', exact: true }).click();
  const codes = page.getByRole('dialog', { name: 'Mã dự phòng' });
  await expect(codes.getByRole('listitem')).toHaveCount(10);
  await judge(person, '62-recovery-codes');
  await codes.getByRole('button', { name: 'Tôi đã cất giữ' }).click();
  await expect(page.getByText('Mã dự phòng còn lại: 10')).toBeVisible();
  await judge(person, '63-totp-on');
  await leave(person);
  await passwordStep(person, username);
  await expect(page.getByRole('heading', { level: 1, name: 'Bước thứ hai' })).toBeVisible();
  await judge(person, '64-second-step');
  await page.getByLabel('Mã xác thực').fill(oathtool(secret, 30));
  await page.getByRole('main').getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Bảo mật tài khoản' })).toBeVisible();
  await page.getByRole('button', { name: 'Tắt đăng nhập hai bước' }).click();
  const dialog = page.getByRole('dialog', { name: 'Tắt đăng nhập hai bước?' });
  await judge(person, '65-totp-remove', { pictures: false });
  await dialog.getByRole('button', { name: 'Tắt đăng nhập hai bước' }).click();
  await expect(page.getByText('Chưa bật')).toBeVisible();
  await close(person);
}, kTimeout);

test('security: a notice that comes in the middle of signing in does not hold the person back', async () => {
  const [username, admin] = [`an-toan-${++made}`, await as('quan-tri')];
  const account = await makeAccount(username);
  const person = await newPerson();
  const { page } = person;
  let release;
  const told = new Promise((done) => (release = done));
  await page.route('**/api/v1/me/security', async (route) => (await told, await route.continue()));
  const listening = page.waitForRequest('**/api/v1/events');
  await passwordStep(person, username);
  await (await listening).response();
  assert.equal((await admin.post(`/api/v1/admin/accounts/${account}/recovery`, { reason: 'Báo mất điện thoại' })).status, 201);
  await expect(page.getByRole('status').filter({ hasText: 'Có đề nghị khôi phục' })).toBeVisible();
  release();
  await expect(page.getByRole('heading', { level: 1, name: 'Bảo mật tài khoản' })).toBeVisible();
  await close(person);
}, kTimeout);

test('security: a passkey is made, signs in by itself and is removed', async () => {
  const username = await newAccount();
  const person = await newPerson({ width: 1280, height: 800 });
  const { page, context } = person;
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await passwordStep(person, username);
  await page.getByRole('button', { name: 'Thêm khóa cho thiết bị này' }).click();
  await judge(person, '66-passkey-name', { pictures: false });
  await page.getByLabel('Tên khóa').fill('Máy tính cơ quan');
  await page.getByRole('button', { name: 'Tiếp tục', exact: true }).click();
  await expect(page.getByText('Máy tính cơ quan')).toBeVisible();
  await judge(person, '67-passkey');
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].rpId, 'localhost');
  await leave(person);
  await at(person, '/dang-nhap?tiep=/cai-dat/bao-mat');
  await expect(page.getByRole('button', { name: 'Đăng nhập bằng khóa truy cập' })).toBeVisible();
  await judge(person, '68-sign-in');
  await page.getByRole('button', { name: 'Đăng nhập bằng khóa truy cập' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Bảo mật tài khoản' })).toBeVisible();
  await expect(page.getByText(/Dùng lần cuối/)).toBeVisible();
  await page.getByRole('button', { name: 'Đổi tên: Máy tính cơ quan' }).click();
  await page.getByLabel('Tên khóa').fill('Máy tính ở nhà');
  await page.getByRole('button', { name: 'Lưu', exact: true }).click();
  await page.getByRole('button', { name: 'Xóa: Máy tính ở nhà' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Xóa', exact: true }).click();
  await expect(page.getByText('Chưa có khóa nào')).toBeVisible();
  // A key the server no longer knows is refused in plain words.
  await leave(person);
  await at(person, '/dang-nhap');
  await page.getByRole('button', { name: 'Đăng nhập bằng khóa truy cập' }).click();
  await expect(page.getByText('Khóa này không còn gắn với tài khoản nào ở đây')).toBeVisible();
  await close(person);
}, kTimeout);

test('security: two administrators recover an account', async () => {
  const username = await newAccount();
  const first = await newPerson({ width: 1280, height: 800 });
  await signIn(first, 'quan-tri');
  await first.page.goto(`/quan-tri/tai-khoan?q=${username}`);
  await first.page.getByRole('button', { name: /Quản lý/ }).click();
  await first.page.getByRole('button', { name: 'Đề nghị khôi phục' }).click();
  await first.page.getByLabel('Lý do và cách đã kiểm tra người đề nghị').fill('Mất điện thoại; đã xem căn cước tại quầy');
  await judge(first, '70-recovery-propose');
  await first.page.getByRole('dialog').getByRole('button', { name: 'Đề nghị khôi phục' }).last().click();
  await expect(first.page.getByText('Đã gửi đề nghị')).toBeVisible();
  await first.page.goto('/quan-tri/khoi-phuc');
  await expect(first.page.getByText('Cần một quản trị khác duyệt').first()).toBeVisible();
  await judge(first, '71-recoveries');
  await close(first);

  const second = await newPerson({ width: 1280, height: 800 });
  await signIn(second, 'quan-tri-2');
  await second.page.goto('/quan-tri/khoi-phuc');
  await second.page.getByRole('row', { name: new RegExp(username) }).getByRole('button', { name: /^Duyệt/ }).click();
  await second.page.getByRole('dialog').getByRole('button', { name: 'Duyệt', exact: true }).click();
  const shown = second.page.getByRole('dialog', { name: 'Mã khôi phục dùng một lần' });
  const code = await shown.locator('.secret').innerText();
  await judge(second, '72-recovery-code');
  await close(second);

  const person = await newPerson();
  await at(person, '/dang-nhap');
  await person.page.getByRole('link', { name: 'Tôi có mã khôi phục tài khoản' }).click();
  await expect(person.page.getByRole('heading', { level: 1, name: 'Khôi phục tài khoản' })).toBeVisible();
  await person.page.getByRole('main').getByRole('button', { name: 'Khôi phục tài khoản' }).click();
  await judge(person, '73-recover-errors');
  await person.page.getByLabel('Tên đăng nhập').fill(username);
  await person.page.getByLabel('Mã khôi phục').fill(code);
  await person.page.getByLabel('Mật khẩu mới').fill('mat-khau-sau-khi-mat');
  await person.page.getByRole('main').getByRole('button', { name: 'Khôi phục tài khoản' }).click();
  await person.page.waitForURL((url) => url.pathname === '/ho-so');
  await close(person);
}, kTimeout);

test('security: a connected system gets a token, shown once, and loses it', async () => {
  const admin = await newPerson({ width: 1280, height: 800 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/ket-noi');
  await page.getByRole('button', { name: 'Thêm hệ thống' }).click();
  await page.getByLabel('Tên hệ thống').fill('Cổng thanh toán');
  await page.getByLabel('Tên tài khoản').fill('cong-thanh-toan');
  await page.getByRole('combobox', { name: 'Thuộc đơn vị' }).fill('an xuyen');
  await expect(page.getByRole('option').first()).toContainText('An Xuyên');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('option')).toHaveCount(0);
  await judge(admin, '74-machine-new');
  await page.getByRole('button', { name: 'Tạo', exact: true }).click();
  await page.getByRole('button', { name: 'Cấp mã: Cổng thanh toán' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cấp mã', exact: true }).click();
  await judge(admin, '75-token-errors');
  await page.getByLabel('Dùng cho việc gì').fill('Đối soát');
  await tick(page.getByRole('checkbox', { name: /Xem báo cáo/ }));
  const until = new Date(Date.now() + 30 * 86_400_000);
  for (const [part, value] of [['day', until.getDate()], ['month', until.getMonth() + 1], ['year', until.getFullYear()]]) await page.locator(`#token-expires-${part}`).fill(String(value));
  await page.getByRole('dialog').getByRole('button', { name: 'Cấp mã', exact: true }).click();
  const shown = page.getByRole('dialog', { name: 'Mã kết nối' });
  assert.match(await shown.locator('.secret').innerText(), /^tinhso_/);
  await judge(admin, '76-token-shown');
  await shown.getByRole('button', { name: 'Tôi đã ghi lại' }).click();
  await judge(admin, '77-machines');
  await page.getByRole('button', { name: 'Thu hồi: Đối soát' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi', exact: true }).click();
  await expect(page.getByText(/Đã thu hồi \d/)).toBeVisible();
  await close(admin);
}, kTimeout);
