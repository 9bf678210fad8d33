// The administrator's work clicked through for real, each dialog judged while it is open; what was done is read back by the API.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { tick } from '../lib/fill.mjs';
import { as, world } from '../lib/world.mjs';

const kTimeout = { timeout: 240_000 };
const kPictures = { pictures: false };

function opened(page, name) {
  return page.getByRole('dialog', { name });
}

async function chooseFirstPassword(person, given, wanted) {
  const { page } = person;
  await page.waitForURL('**/doi-mat-khau');
  await expect(page.getByRole('heading', { level: 1, name: 'Đặt mật khẩu của bạn' })).toBeVisible();
  await page.getByLabel('Mật khẩu được cấp').fill(given);
  await page.getByLabel('Mật khẩu mới').fill(wanted);
  await page.getByRole('button', { name: 'Đổi mật khẩu' }).click();
}

test('administrator: a day of the calendar is added, changed and taken away', async () => {
  const admin = await newPerson({ width: 1280, height: 900 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/lich?nam=2031');
  await page.getByRole('button', { name: 'Thêm ngày' }).click();
  const dialog = opened(page, 'Thêm ngày');
  await dialog.getByRole('button', { name: 'Lưu' }).click();
  await expect(dialog.getByText('Hãy điền ngày có thật').first()).toBeVisible();
  await judge(admin, '36-calendar-dialog');
  await dialog.locator('[id="day-on-day"]').fill('4');
  await dialog.locator('[id="day-on-month"]').fill('3');
  await dialog.locator('[id="day-on-year"]').fill('2031');
  await tick(dialog.getByRole('radio', { name: 'Làm bù' }));
  await dialog.locator('#day-name').fill('Làm bù thử nghiệm');
  await dialog.locator('#day-source').fill('Thông báo thử nghiệm');
  await dialog.getByRole('button', { name: 'Lưu' }).click();
  await expect(dialog).toBeHidden();
  const client = await as('quan-tri');
  const days = async () => (await client.get('/api/v1/calendar/days?year=2031')).body.items;
  assert.deepEqual(await days(), [{ on: '2031-03-04', kind: 'swapped_work', name: 'Làm bù thử nghiệm', source: 'Thông báo thử nghiệm' }]);
  await page.getByRole('button', { name: /04\/03\/2031, Làm bù/ }).click();
  await judge(admin, '37-calendar-edit', kPictures);
  await opened(page, 'Sửa ngày').getByRole('button', { name: 'Xóa ngày này' }).click();
  await expect(page.getByText('Năm này chưa có ngày đặc biệt nào')).toBeVisible();
  assert.deepEqual(await days(), []);
  await close(admin);
}, kTimeout);

test('administrator: a unit is renamed, and back', async () => {
  const admin = await newPerson({ width: 1280, height: 900 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/don-vi');
  const client = await as('quan-tri');
  const { name } = (await client.get('/api/v1/units/H12.126')).body;
  const other = 'Ủy ban nhân dân phường Thử Nghiệm';
  for (const [now, next] of [
    [name, other],
    [other, name]
  ]) {
    await page.getByLabel('Tìm đơn vị').fill('H12.126');
    await page.getByRole('button', { name: `Đổi tên: ${now}`, exact: true }).click();
    const dialog = opened(page, 'Đổi tên đơn vị');
    await judge(admin, '38-unit-rename', kPictures);
    await dialog.getByLabel('Tên đầy đủ').fill(next);
    await dialog.getByRole('button', { name: 'Lưu' }).click();
    await expect(dialog).toBeHidden();
    assert.equal((await client.get('/api/v1/units/H12.126')).body.name, next);
    await expect(page.getByText(next).first()).toBeVisible();
  }
  await close(admin);
}, kTimeout);

test('administrator: an account is made, signs in for the first time, is assigned and disabled', async () => {
  const admin = await newPerson({ width: 1280, height: 900 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/tai-khoan');
  await page.getByRole('button', { name: 'Tạo tài khoản' }).click();
  const create = opened(page, 'Tạo tài khoản');
  await create.getByRole('button', { name: 'Tạo', exact: true }).click();
  await expect(create.locator('#new-full_name')).toBeFocused();
  await judge(admin, '39-account-dialog');
  await create.locator('#new-full_name').fill('Lý Thử Nghiệm');
  await create.locator('#new-username').fill('ly-thu-nghiem');
  await create.getByRole('button', { name: 'Tạo', exact: true }).click();
  const secret = opened(page, 'Mật khẩu dùng một lần');
  await expect(secret).toBeVisible();
  await judge(admin, '39-one-time-password', kPictures);
  const password = (await secret.locator('dd.code').last().innerText()).trim();
  await secret.getByRole('button', { name: 'Tôi đã ghi lại' }).click();

  await page.getByLabel('Tìm theo tên hoặc tên đăng nhập').fill('ly-thu-nghiem');
  await page.waitForURL(/q=ly-thu-nghiem/);
  await page.getByRole('button', { name: 'Quản lý: Lý Thử Nghiệm' }).click();
  const manage = opened(page, 'Tài khoản Lý Thử Nghiệm');
  await judge(admin, '39-account-manage');
  await manage.getByRole('combobox', { name: 'Đơn vị' }).fill('H12.126');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await manage.getByLabel('Vai trò').selectOption('specialist');
  await manage.getByLabel('Chức danh').fill('Chuyên viên thử nghiệm');
  await manage.getByRole('button', { name: 'Thêm phân công' }).click();
  await expect(manage.getByText('Chuyên viên thử nghiệm')).toBeVisible();

  // Whoever signs in with it can do nothing before choosing a password, whatever address is typed.
  const officer = await newPerson({ width: 1280, height: 900 });
  await signIn(officer, 'ly-thu-nghiem', password);
  await officer.page.waitForURL('**/doi-mat-khau');
  await judge(officer, '17-first-password');
  await officer.page.goto('/can-bo');
  await officer.page.waitForURL('**/doi-mat-khau');
  await chooseFirstPassword(officer, 'sai-mat-khau-roi', 'mat-khau-cua-toi-2026');
  await expect(officer.page.getByRole('alert').first()).toBeVisible();
  await chooseFirstPassword(officer, password, 'mat-khau-cua-toi-2026');
  await officer.page.waitForURL('**/can-bo');
  await expect(officer.page.getByRole('heading', { name: 'Hộp việc', level: 1 })).toBeVisible();

  await manage.getByRole('button', { name: 'Kết thúc: Chuyên viên thử nghiệm' }).click();
  await expect(manage.getByText('Chưa có phân công')).toBeVisible();
  await manage.getByRole('button', { name: 'Khóa tài khoản' }).click();
  await manage.getByRole('alert').or(manage.getByRole('status')).getByRole('button', { name: 'Khóa tài khoản' }).click();
  await expect(manage.getByRole('button', { name: 'Mở khóa' })).toBeVisible();
  const found = await (await as('quan-tri')).get('/api/v1/admin/accounts?q=ly-thu-nghiem');
  await officer.page.goto('/cai-dat');
  await expect(officer.page.getByRole('main').getByRole('link', { name: 'Đăng nhập' })).toBeVisible();
  await close(officer);
  assert.deepEqual(found.body.items.map((one) => [one.enabled, one.assignments.length]), [[false, 0]]);
  await close(admin);
}, kTimeout);

test('administrator: packs are checked and published, a dead letter is run again and another given up', async () => {
  const { province } = await world();
  const admin = await newPerson({ width: 1280, height: 900 });
  const { page } = admin;
  await signIn(admin, 'quan-tri');
  await page.goto('/quan-tri/goi');
  await page.getByRole('button', { name: 'Kiểm tra gói' }).click();
  await expect(page.getByText('Không có lỗi nào')).toBeVisible();
  await page.getByRole('button', { name: 'Ban hành', exact: true }).click();
  const publish = opened(page, 'Ban hành bản mới?');
  await judge(admin, '34-packs-publish', kPictures);
  await publish.getByRole('button', { name: 'Ban hành', exact: true }).click();
  await expect(publish).toBeHidden();
  await expect(page.getByText('Đã ban hành').first()).toBeVisible();

  // Two jobs that nothing handles, as a program of another version could leave them.
  for (const id of [1, 2])
    execFileSync('sqlite3', [
      join(province.data, 'tinhso.db'),
      `INSERT INTO job (authority_id, job_id, kind, dedup_key, payload, state, attempts, run_at_us, lease_token, last_error, created_at_us, finished_at_us) VALUES (0, ${id}, 'test.unknown_${id}', '', '{}', 'dead', 8, 0, 0, 'job_kind_unknown', 1790000000000000, 1790000000000000)`
    ]);
  await page.goto('/quan-tri/cong-viec?trang-thai=dead');
  await expect(page.getByText('test.unknown_1')).toBeVisible();
  await judge(admin, '35-dead-letters');
  await page.getByRole('row').filter({ hasText: 'test.unknown_1' }).getByRole('button', { name: 'Chạy lại' }).click();
  await expect(page.getByText('test.unknown_1')).toBeHidden();
  await page.getByRole('row').filter({ hasText: 'test.unknown_2' }).getByRole('button', { name: 'Bỏ', exact: true }).click();
  const discard = opened(page, 'Bỏ việc này?');
  await judge(admin, '35-discard', kPictures);
  await discard.getByRole('button', { name: 'Bỏ', exact: true }).click();
  await expect(page.getByRole('cell', { name: 'test.unknown_2' })).toBeHidden();
  const waiting = (await (await as('quan-tri')).get('/api/v1/admin/jobs?state=waiting')).body.items;
  assert.ok(waiting.some((one) => one.kind === 'test.unknown_1'), 'the job waits to run again');
  await close(admin);
}, kTimeout);

test('officer: the shortcuts dialog, and English in every screen of the officers and administrators', async () => {
  const accented = /[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]/i;
  for (const [username, paths] of [
    ['mot-cua', ['/can-bo', '/can-bo/tiep-nhan', '/can-bo/tra-cuu']],
    ['quan-tri', ['/quan-tri', '/quan-tri/don-vi', '/quan-tri/tai-khoan', '/quan-tri/lich', '/quan-tri/goi', '/quan-tri/cong-viec']]
  ]) {
    const person = await newPerson({ width: 1280, height: 900 });
    const { page } = person;
    await signIn(person, username);
    if (username === 'mot-cua') {
      await page.getByRole('heading', { name: 'Hộp việc', level: 1 }).waitFor();
      await page.keyboard.press('?');
      await expect(opened(page, 'Phím tắt')).toBeVisible();
      await judge(person, '25-shortcuts');
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'English' }).first().click();
    await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe('en');
    for (const path of paths) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      // Names of units, people and procedures are data; buttons, labels, headings and columns are not.
      const left = await page.evaluate(() => {
        const chrome = 'button:not([aria-label*=":"]):not([aria-haspopup]), label, h1, h2, h3, thead th, caption, legend, [placeholder], nav a';
        return [...document.querySelectorAll(chrome)]
          .filter((one) => !one.closest('.data, [data-content]') && one.getClientRects().length)
          .map((one) => `${one.tagName}: ${(one.getAttribute('placeholder') ?? one.innerText).trim()}`);
      });
      // The way back to Vietnamese is in Vietnamese, and a name is a name.
      const known = ['BUTTON: Tiếng Việt', `BUTTON: ${(await as(username)).me.full_name}`];
      assert.deepEqual(left.filter((text) => accented.test(text) && !known.includes(text)), [], path);
      await judge(person, `52-english${path.replaceAll('/', '-')}`);
    }
    await close(person);
  }
}, kTimeout);
