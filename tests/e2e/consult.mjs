// Opinions asked of other units on the screen: asked at the dossier, answered from the inbox of the unit that is asked.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { newBirth } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';

for (const width of [1280, 390]) {
  test(`consultation: a specialist asks the police of another ward, who answers, ${width} px`, async () => {
    const citizen = await as('cong-dan');
    const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
    assert.equal(filed.status, 201, String(filed.bytes));
    const code = filed.body.dossier_code;
    await (await as('mot-cua')).act(code, 'accept');
    await (await as('chuyen-vien')).act(code, 'take');

    const asker = await newPerson({ width, height: 900 });
    await signIn(asker, 'chuyen-vien');
    await asker.page.goto(`/can-bo/ho-so/${code}`);
    await asker.page.getByRole('tab', { name: 'Ý kiến (0)' }).click();
    await asker.page.getByRole('button', { name: 'Xin ý kiến' }).click();
    const dialog = asker.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Xin ý kiến' }).click();
    await expect(dialog).toContainText('Chọn ít nhất một đơn vị.');
    await judge(asker, `92-ask-wrong`, { pictures: false });
    await dialog.getByRole('combobox', { name: 'Tìm đơn vị' }).fill('công an phường tân thành');
    await dialog.getByRole('option').filter({ hasText: 'Công an phường Tân Thành' }).click();
    await expect(dialog.getByRole('list', { name: 'Đơn vị được hỏi' })).toContainText('Công an phường Tân Thành');
    await dialog.getByLabel('Nội dung xin ý kiến').fill('Đề nghị xác nhận nơi cư trú của người mẹ.');
    await dialog.getByText('giay-chung-sinh.pdf').click();
    await judge(asker, `93-ask`);
    await dialog.getByRole('button', { name: 'Xin ý kiến' }).click();
    await expect(asker.page.getByRole('tab', { name: 'Ý kiến (1)' })).toBeVisible();
    await expect(asker.page.getByRole('list', { name: 'Ý kiến đã xin' })).toContainText('Chờ trả lời');

    const police = await newPerson({ width, height: 900 });
    await signIn(police, 'cong-an-2');
    const row = police.page.locator('a.item').filter({ hasText: code });
    await expect(row).toContainText('Xin ý kiến');
    await judge(police, `94-asked-inbox`, { pictures: false });
    await row.click();
    await expect(police.page.getByText('Đề nghị xác nhận nơi cư trú của người mẹ.')).toBeVisible();
    await police.page.getByText('Đồng ý, có góp ý').click();
    await police.page.getByRole('button', { name: 'Trả lời ý kiến' }).click();
    await judge(police, `95-answer-wrong`);
    await police.page.getByLabel('Nội dung ý kiến').fill('Người mẹ cư trú tại phường từ năm 2019.');
    await police.page.getByRole('button', { name: 'Trả lời ý kiến' }).click();
    await expect(police.page.getByText('Ý kiến đã gửi')).toBeVisible();
    await police.page.goto('/can-bo/y-kien');
    await expect(police.page.getByRole('link', { name: 'phường An Xuyên' }).first()).toBeVisible();
    await judge(police, `96-asked-list`);

    await asker.page.reload();
    await asker.page.getByRole('tab', { name: 'Ý kiến (1)' }).click();
    await expect(asker.page.getByRole('list', { name: 'Ý kiến đã xin' })).toContainText('Người mẹ cư trú tại phường từ năm 2019.');
    await judge(asker, `97-answered`);

    const mother = await newPerson({ width, height: 900 });
    await signIn(mother, 'cong-dan');
    await mother.page.goto(`/ho-so/${code}`);
    await expect(mother.page.getByText('Đã lấy ý kiến Công an phường Tân Thành').first()).toBeVisible();
    await expect(mother.page.getByText('cư trú tại phường từ năm 2019')).toHaveCount(0);
    for (const one of [asker, police, mother]) await close(one);
  }, { timeout: 240_000 });
}
