import { expect, request, test, type APIRequestContext } from '@playwright/test';
import { fillAll, signIn } from './fill';

const kBirth = '1.001193';
const kPassword = 'tinhso-demo';

interface Action {
  action: string;
  requires: string[];
}
interface Dossier {
  version: number;
  state: { state: string };
  actions: Action[];
}

// An officer at work, by the public API: this story is about what the citizen sees.
async function officer(baseURL: string, username: string): Promise<APIRequestContext> {
  const context = await request.newContext({ baseURL });
  const answer = await context.post('/api/v1/session', { data: { username, password: kPassword } });
  expect(answer.status()).toBe(200);
  const token = (await context.storageState()).cookies.find((cookie) => cookie.name === 'tinhso_csrf')?.value ?? '';
  const state = await context.storageState();
  await context.dispose();
  return request.newContext({ baseURL, storageState: state, extraHTTPHeaders: { 'X-Tinhso-Csrf': token } });
}

async function act(who: APIRequestContext, code: string, action: string): Promise<void> {
  const dossier = (await (await who.get(`/api/v1/dossiers/${code}`)).json()) as Dossier;
  const known = dossier.actions.find((one) => one.action === action);
  expect(known, `${action} is open in ${dossier.state.state}`).toBeTruthy();
  const inputs: Record<string, unknown> = { reason: 'Ảnh bị mờ, không đọc được số.', items: ['Giấy chứng sinh (chụp lại)'], note: 'Đã kiểm tra.', result_text: 'Đồng ý cấp.', receiver_name: 'Nguyễn Thị Ánh Tuyết' };
  const needed = Object.fromEntries((known?.requires ?? []).map((name) => [name, inputs[name]]));
  const answer = await who.post(`/api/v1/dossiers/${code}/actions`, { data: { action, version: dossier.version, ...needed } });
  expect(answer.status(), await answer.text()).toBe(200);
}

test('from filing to rating: more papers are asked for and sent, the result is read and verified', async ({ page, baseURL }) => {
  test.setTimeout(240_000);
  await signIn(page, 'cong-dan');
  await page.goto(`/nop-ho-so/${kBirth}`);
  await fillAll(page);
  await page.locator('#declaration input').check({ force: true });
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  const code = new URL(page.url()).pathname.split('/').pop() ?? '';

  const desk = await officer(baseURL ?? '', 'mot-cua');
  const specialist = await officer(baseURL ?? '', 'chuyen-vien');
  const leader = await officer(baseURL ?? '', 'lanh-dao');
  await act(desk, code, 'accept');
  await act(specialist, code, 'take');
  await act(specialist, code, 'request_supplement');

  await page.goto(`/ho-so/${code}`);
  await expect(page.getByRole('heading', { name: 'Cần bạn bổ sung giấy tờ' })).toBeVisible();
  await page.getByRole('button', { name: 'Gửi bổ sung' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.locator('#supplement-0-input').setInputFiles({ name: 'chup-lai.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') });
  await expect(page.getByText('Đã tải lên')).toBeVisible();
  await page.getByRole('button', { name: 'Gửi bổ sung' }).click();
  await expect(page.getByRole('heading', { name: 'Cần bạn bổ sung giấy tờ' })).toBeHidden();

  await act(specialist, code, 'propose');
  await act(leader, code, 'approve');
  await expect(async () => {
    await page.goto(`/ho-so/${code}`);
    await expect(page.getByRole('link', { name: 'Tải kết quả (PDF)' })).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 30_000 });
  const pdf = await page.request.get(`/api/v1/dossiers/${code}/result.pdf`);
  expect(pdf.headers()['content-type']).toContain('application/pdf');
  await act(desk, code, 'return_result');

  await page.goto(`/ho-so/${code}`);
  await page.getByText('Vì sao là ngày này?').click();
  await expect(page.locator('.arithmetic li').last()).toContainText('hạn trả kết quả');
  await page.getByRole('button', { name: 'Gửi đánh giá' }).click();
  await expect(page.getByText('Hãy chọn một mức')).toBeVisible();
  await page.getByLabel('Rất hài lòng').check({ force: true });
  await page.getByRole('button', { name: 'Gửi đánh giá' }).click();
  await expect(page.getByRole('heading', { name: 'Đánh giá của bạn' })).toBeVisible();

  // Anyone may check the result, without signing in and without learning whose it is.
  const verify = await page.getByRole('link', { name: 'Trang xác minh công khai' }).getAttribute('href');
  const stranger = await page.context().browser()?.newContext({ baseURL, viewport: { width: 390, height: 844 } });
  const other = await stranger?.newPage();
  if (!other) throw new Error('no second browser');
  await other.goto(verify ?? '');
  await expect(other.getByText('Kết quả này là thật')).toBeVisible();
  // The file itself is compared on the device, by its digest.
  await other.locator('input[type=file]').setInputFiles({ name: 'ket-qua.pdf', mimeType: 'application/pdf', buffer: await pdf.body() });
  await expect(other.getByText('Tệp này đúng là bản đã cấp')).toBeVisible();
  await stranger?.close();
});

test('a dossier can be withdrawn with a reason', async ({ page }) => {
  await signIn(page, 'cong-dan');
  await page.goto(`/nop-ho-so/${kBirth}`);
  await fillAll(page);
  await page.locator('#declaration input').check({ force: true });
  await page.getByRole('button', { name: 'Nộp hồ sơ', exact: true }).click();
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  await page.getByRole('link', { name: 'Theo dõi hồ sơ' }).click();
  await page.getByRole('button', { name: /Rút/ }).click();
  const dialog = page.getByRole('dialog');
  const reason = dialog.locator('#action-text');
  await reason.fill('Tôi đã nộp nhầm.');
  await dialog.getByRole('button', { name: /Rút/ }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: /Rút/ })).toHaveCount(0);
});
