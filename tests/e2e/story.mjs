// The main job seen by its people, each in a browser of his own: from search to rating.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { fillAll, tick } from '../lib/fill.mjs';
import { openTask, step } from '../lib/officer.mjs';

const kTimeout = { timeout: 240_000 };

// ["2026", "12", "07"]: the first day worked at least `after` days from now.
async function workingDay(page, after) {
  for (let day = new Date(Date.now() + after * 86_400_000); ; day = new Date(day.getTime() + 86_400_000)) {
    const on = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Ho_Chi_Minh' }).format(day);
    const special = await (await page.request.get(`/api/v1/calendar/days?year=${on.slice(0, 4)}`)).json();
    if (![0, 6].includes(new Date(on).getUTCDay()) && !special.items.some((one) => one.on === on)) return on.split('-');
  }
}

test('story: a person files, four officers handle it, the person rates it', async () => {
  const citizen = await newPerson();
  const { page } = citizen;
  await page.goto('/');
  await expect(page.getByLabel('Tìm thủ tục')).toBeVisible();
  await judge(citizen, '01-home');
  await page.getByLabel('Tìm thủ tục').fill('lam giay khai sinh');
  await page.getByRole('button', { name: 'Tìm', exact: true }).click();
  await page.waitForURL(/\/thu-tuc\?q=/);
  const hit = page.getByRole('main').getByRole('link', { name: /đăng ký khai sinh/i }).first();
  await expect(hit).toBeVisible();
  await judge(citizen, '02-search');
  await hit.click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/khai sinh/i);
  await judge(citizen, '03-procedure');

  await signIn(citizen, 'cong-dan');
  await page.goto('/nop-ho-so/1.001193');
  await expect(page.getByRole('button', { name: 'Tiếp tục', exact: true })).toBeVisible();
  await fillAll(page, async (at) => judge(citizen, `04-form-${at + 1}`, { pictures: at % 2 === 0 }));
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await expect(page.getByRole('alert').first()).toContainText('cam đoan');
  await judge(citizen, '05-check-with-error');
  await tick(page.getByRole('checkbox').last());
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  const code = new URL(page.url()).pathname.split('/').pop();
  assert.match(code, /^H12\.126-\d{6}-\d{4}$/);
  await expect(page.getByText(code).first()).toBeVisible();
  await judge(citizen, '06-filed');

  const desk = await newPerson({ width: 1280, height: 800 });
  await signIn(desk, 'mot-cua');
  await desk.page.waitForURL(/\/can-bo/);
  await expect(desk.page.getByRole('heading', { name: 'Hộp việc', level: 1 })).toBeVisible();
  await judge(desk, '07-inbox');
  await step(desk, code, 'Tiếp nhận hồ sơ', 'Đã tiếp nhận', { picture: '08-accept' });
  await judge(desk, '09-dossier');

  const specialist = await newPerson({ width: 1280, height: 800 });
  await signIn(specialist, 'chuyen-vien');
  await step(specialist, code, 'Nhận xử lý', 'Chuyên viên đang xử lý');
  await step(specialist, code, 'Trình lãnh đạo', 'Chờ lãnh đạo xã phê duyệt', { fill: (dialog) => dialog.getByLabel('Nội dung kết quả đề xuất').fill('Đủ điều kiện đăng ký khai sinh.'), picture: '10-propose' });
  await close(specialist);

  const leader = await newPerson({ width: 1280, height: 800 });
  await signIn(leader, 'lanh-dao');
  await openTask(leader, code);
  await expect(leader.page.getByText('Đủ điều kiện đăng ký khai sinh.').first()).toBeVisible();
  await judge(leader, '11-proposal');
  const [year, month, day] = await workingDay(leader.page, 14);
  await step(leader, code, 'Xin lỗi và gia hạn', 'Chờ lãnh đạo xã phê duyệt', {
    fill: async (dialog) => {
      await dialog.getByLabel('Lý do').fill('Chờ xác minh tại nơi cư trú trước đây.');
      for (const [label, value] of [['Ngày', '1'], ['Tháng', '1'], ['Năm', '2020']]) await dialog.getByLabel(label, { exact: true }).fill(value);
      await dialog.getByRole('button', { name: 'Xin lỗi và gia hạn', exact: true }).click();
      await expect(dialog.getByText('Ngày hẹn mới phải sau hạn hiện tại.')).toBeVisible();
      for (const [label, value] of [['Ngày', day], ['Tháng', month], ['Năm', year]]) await dialog.getByLabel(label, { exact: true }).fill(value);
    },
    picture: '11-apology'
  });
  await expect(leader.page.getByRole('main').getByText(`${day}/${month}/${year}`).first()).toBeVisible();
  await step(leader, code, 'Phê duyệt và ban hành kết quả', 'Đã có kết quả, chờ trả');
  await close(leader);

  await step(desk, code, 'Trả kết quả', 'Đã trả kết quả');
  await close(desk);

  await page.goto(`/ho-so/${code}`);
  await expect(page.getByText('Đã trả kết quả').first()).toBeVisible();
  await judge(citizen, '12-timeline');
  const download = page.getByRole('link', { name: 'Tải kết quả (PDF)' });
  const pdf = await citizen.context.request.get(await download.getAttribute('href'));
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  await page.getByRole('button', { name: 'Gửi đánh giá' }).click();
  await expect(page.getByText('Hãy chọn một mức')).toBeVisible();
  await judge(citizen, '13-rating-error', { pictures: false });
  // By keyboard: a notice that has just come may lie over the mouse's way.
  await page.getByRole('radio', { name: 'Rất hài lòng', exact: true }).press('Space');
  await page.getByRole('radio', { name: 'Lịch sự, tận tình', exact: true }).press('Space');
  await page.getByRole('button', { name: 'Gửi đánh giá' }).click();
  await expect(page.getByRole('heading', { name: 'Đánh giá của bạn' })).toBeVisible();
  await expect(page.getByText('Lịch sự, tận tình')).toBeVisible();
  await judge(citizen, '14-rated');

  const verify = await page.getByRole('link', { name: 'Trang xác minh công khai' }).getAttribute('href');
  const stranger = await newPerson();
  await stranger.page.goto(new URL(verify, 'http://x').pathname);
  await expect(stranger.page.getByText('Kết quả này là thật')).toBeVisible();
  assert.ok(!(await stranger.page.getByRole('main').innerText()).includes('Nguyễn Thị Mỹ Hạnh'), 'a public page holds personal data');
  await judge(stranger, '15-verified');
  await stranger.page.goto(`/tra-cuu?ma=${code}`);
  await expect(stranger.page.getByText('Đã trả kết quả').first()).toBeVisible();
  await judge(stranger, '16-tracked');
  await close(stranger);
  await close(citizen);
}, kTimeout);
