// A complaint on the screen: written on the dossier's page by phone, answered by the leader from his inbox, read by the person.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { newBirth } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';

test('complaints: from the phone to the leader and back', async () => {
  const api = await as('cong-dan');
  const filed = await api.post('/api/v1/dossiers', await newBirth(api));
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  const citizen = await newPerson();
  await signIn(citizen, 'cong-dan');
  await citizen.page.goto(`/ho-so/${code}`);
  await citizen.page.getByRole('button', { name: 'Viết phản ánh' }).click();
  await citizen.page.getByRole('button', { name: 'Gửi phản ánh' }).click();
  await expect(citizen.page.getByText('Hãy điền mục này')).toHaveCount(2);
  await citizen.page.getByText('Chậm giải quyết, chậm trả kết quả').click();
  await citizen.page.getByLabel('Nội dung phản ánh').fill('Đã ba lần đến hỏi mà chưa ai tiếp nhận hồ sơ.');
  await judge(citizen, '95-complaint-write');
  await citizen.page.getByRole('button', { name: 'Gửi phản ánh' }).click();
  await expect(citizen.page.getByText('Chờ trả lời, hạn')).toBeVisible();
  await expect(citizen.page.getByRole('button', { name: 'Viết phản ánh' })).toHaveCount(0);

  const leader = await newPerson({ width: 1280, height: 900 });
  await signIn(leader, 'lanh-dao');
  await leader.page.goto(`/can-bo?q=${code}`);
  const item = leader.page.locator('a.item').filter({ hasText: 'Phản ánh chờ trả lời' }).filter({ hasText: code });
  await expect(item).toBeVisible();
  await judge(leader, '95-complaint-inbox');
  await item.click();
  await expect(leader.page.getByText('Đã ba lần đến hỏi')).toBeVisible();
  await leader.page.getByText('Phản ánh đúng', { exact: true }).click();
  await leader.page.getByLabel('Nội dung trả lời').fill('Xin lỗi ông bà. Hồ sơ được tiếp nhận sáng mai.');
  await judge(leader, '95-complaint-answer');
  await leader.page.getByRole('button', { name: 'Trả lời' }).click();
  await expect(leader.page.getByRole('heading', { name: 'Trả lời', level: 2 })).toBeVisible();
  await expect(leader.page.getByLabel('Nội dung trả lời')).toHaveCount(0);
  await leader.page.goto('/can-bo/phan-anh?trang-thai=answered');
  await expect(leader.page.getByText(`PA-${code}-1`)).toBeVisible();
  await judge(leader, '95-complaint-list');
  await close(leader);

  await citizen.page.reload();
  await expect(citizen.page.getByText('Xin lỗi ông bà. Hồ sơ được tiếp nhận sáng mai.')).toBeVisible();
  await judge(citizen, '95-complaint-read');
  await close(citizen);
}, { timeout: 240_000 });
