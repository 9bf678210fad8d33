// A joint file seen by its people: a birth, a residence and a health card at three offices, with a supplement, a payment by QR, decisions
// and results.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { creditFor, readQr, sendCredit } from '../lib/bank.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { fillAll, tick } from '../lib/fill.mjs';
import { openTask, step } from '../lib/officer.mjs';
import { newJointBirth, smallPdf } from '../lib/samples.mjs';
import { until } from '../lib/server.mjs';

const kTimeout = { timeout: 300_000 };
const kDesk = { width: 1280, height: 800 };

test('joint: a family files once; three offices answer, each with its own result', async () => {
  const { base } = await world();
  const citizen = await newPerson();
  const { page } = citizen;
  await page.goto('/thu-tuc/2.000986');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Liên thông');
  await judge(citizen, '90-joint-procedure');
  await signIn(citizen, 'cong-dan');
  await page.goto('/nop-ho-so/2.000986');
  await expect(page.getByRole('button', { name: 'Tiếp tục', exact: true })).toBeVisible();
  await fillAll(page, async (at) => {
    const place = page.getByRole('combobox', { name: /^Xã, phường/ });
    if ((await page.getByRole('heading', { level: 1 }).textContent()) === 'Đăng ký thường trú cho trẻ') {
      // The child will live in another ward than where the birth is registered.
      await place.click();
      await place.fill('tan thanh');
      await page.getByRole('option', { name: /Tân Thành/ }).first().click();
      await judge(citizen, '91-joint-residence');
    }
    if ((await page.getByRole('heading', { level: 1 }).textContent()) === 'Bản sao') {
      await tick(page.getByRole('radio', { name: 'Có', exact: true }));
      await page.getByLabel('Số lượng bản sao').fill('2');
    }
    assert.ok(at < 12);
  });
  await tick(page.getByRole('checkbox').last());
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  await expect(page.getByRole('heading', { name: 'Hồ sơ liên thông' })).toBeVisible();
  await judge(citizen, '92-joint-filed');
  const first = new URL(page.url()).pathname.split('/').pop();
  const parts = (await (await as('cong-dan')).get(`/api/v1/joint-files/LT-${first}`)).body.parts.map((part) => part.dossier_code);
  assert.match(parts[1], /^H12\.128-/);
  assert.match(parts[2], /^H12\.15-/);

  // Two copies of the certificate are paid by the code on the page.
  await page.goto(`/ho-so/${first}`);
  await expect(page.getByRole('img', { name: /^Mã VietQR để chuyển khoản 16\.000 đồng/ })).toBeVisible();
  const bill = (await (await as('cong-dan')).get(`/api/v1/dossiers/${first}/invoices`)).body.items[0];
  const told = await sendCredit(base, creditFor(await readQr(bill.vietqr)));
  assert.equal(told.body.state, 'settled', told.text);
  await expect(page.getByText('Đã nộp', { exact: true })).toBeVisible();

  const desk = await newPerson(kDesk);
  await signIn(desk, 'mot-cua');
  await step(desk, first, 'Tiếp nhận hồ sơ', 'Đã tiếp nhận');
  await close(desk);
  const clerk = await newPerson(kDesk);
  await signIn(clerk, 'chuyen-vien');
  await step(clerk, first, 'Nhận xử lý', 'Chuyên viên đang xử lý');
  await judge(clerk, '93-joint-officer');
  await step(clerk, first, 'Yêu cầu bổ sung giấy tờ', 'Chờ người nộp bổ sung', {
    fill: async (dialog) => {
      await dialog.getByLabel('Mục 1', { exact: true }).fill('Bản chụp rõ Giấy chứng sinh');
      await dialog.getByLabel('Lý do').fill('Bản chụp mờ, không đọc được số.');
    }
  });
  await page.goto(`/ho-so/${first}`);
  await expect(page.getByRole('heading', { name: 'Cần bạn bổ sung giấy tờ' })).toBeVisible();
  await judge(citizen, '94-joint-supplement');
  await page.locator('[id="supplement-0-input"]').setInputFiles({ name: 'chung-sinh-ro.pdf', mimeType: 'application/pdf', buffer: smallPdf('rõ') });
  await expect(page.getByRole('link', { name: /chung-sinh-ro\.pdf/ })).toBeVisible();
  await page.getByRole('button', { name: 'Gửi bổ sung' }).click();
  await expect(page.getByText('Chuyên viên đang xử lý').first()).toBeVisible();
  await step(clerk, first, 'Trình lãnh đạo', 'Chờ lãnh đạo xã phê duyệt', { fill: (dialog) => dialog.getByLabel('Nội dung kết quả đề xuất').fill('Đủ điều kiện đăng ký khai sinh.') });
  await close(clerk);
  const leader = await newPerson(kDesk);
  await signIn(leader, 'lanh-dao');
  await step(leader, first, 'Phê duyệt và ban hành kết quả', 'Đã có kết quả, chờ trả');
  await close(leader);

  // The certificate has gone to the other two: now they are at work.
  const waiting = async () => (await (await as('cong-dan')).get(`/api/v1/joint-files/LT-${first}`)).body.parts.some((part) => part.waiting);
  await until('both start', async () => !(await waiting()));
  const police = await newPerson(kDesk);
  await signIn(police, 'cong-an-2');
  await openTask(police, parts[1]);
  await expect(police.page.getByText('Có kết quả của phần trước, tiếp nhận và bắt đầu tính thời hạn').or(police.page.getByRole('heading', { name: 'Hồ sơ liên thông' })).first()).toBeVisible();
  await judge(police, '95-joint-police');
  await step(police, parts[1], 'Nhận xử lý', 'Cán bộ đăng ký đang xử lý');
  await police.page.getByRole('tab', { name: /^Giấy tờ/ }).click();
  await expect(police.page.getByText(new RegExp(first)).first()).toBeVisible();
  await step(police, parts[1], 'Trình lãnh đạo', 'Chờ Trưởng Công an quyết định', { fill: (dialog) => dialog.getByLabel('Nội dung kết quả đề xuất').fill('Đồng ý đăng ký thường trú.') });
  await close(police);
  const head = await newPerson(kDesk);
  await signIn(head, 'truong-cong-an-2');
  await step(head, parts[1], 'Phê duyệt và ban hành kết quả', 'Đã có kết quả, chờ trả');
  await close(head);
  await (await as('bao-hiem')).act(parts[2], 'take');
  await (await as('bao-hiem')).act(parts[2], 'propose', { result_text: 'Cấp mã số và thẻ bảo hiểm y tế.' });
  await (await as('giam-doc-bao-hiem')).act(parts[2], 'approve');

  await page.goto(`/ho-so/lien-thong/LT-${first}`);
  await expect(page.getByText(/^Kết quả số /)).toHaveCount(3);
  await judge(citizen, '96-joint-results');
  for (const code of parts) {
    const pdf = await citizen.context.request.get(`/api/v1/dossiers/${code}/result.pdf`);
    assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-', code);
  }
  await close(citizen);
}, kTimeout);

test('joint: the person withdraws the whole', async () => {
  const client = await as('cong-dan');
  const filed = await client.post('/api/v1/dossiers', await newJointBirth(client));
  assert.equal(filed.status, 201, String(filed.bytes));
  const citizen = await newPerson();
  const { page } = citizen;
  await signIn(citizen, 'cong-dan');
  await page.goto(`/ho-so/lien-thong/${filed.body.joint.joint_code}`);
  await expect(page.getByText(/^Bắt đầu khi có kết quả của /)).toHaveCount(2);
  await page.getByRole('button', { name: 'Rút cả hồ sơ liên thông' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Rút cả hồ sơ liên thông' }).click();
  await expect(dialog.getByText('Hãy điền mục này')).toBeVisible();
  await judge(citizen, '97-joint-withdraw');
  await dialog.getByLabel('Lý do rút').fill('Nộp nhầm nơi');
  await dialog.getByRole('button', { name: 'Rút cả hồ sơ liên thông' }).click();
  await expect(page.getByText('Người nộp đã rút hồ sơ')).toHaveCount(3);
  await close(citizen);
}, kTimeout);
