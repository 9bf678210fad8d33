// Fills whatever step of a form stands on the screen with sound answers, as a person would: by the controls, not by the API.
import { expect, type Locator, type Page } from '@playwright/test';

/** One person whose number, birth date and sex agree. */
const kPerson = { full_name: 'Nguyễn Thị Ánh Tuyết', personal_no: '096190001234', birth: ['24', '11', '1990'], sex: 1 } as const;
const kPdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

async function fillText(input: Locator, value: string): Promise<void> {
  if ((await input.inputValue()) === '') await input.fill(value);
}

async function fillDate(page: Page, id: string): Promise<void> {
  // A person's own birth date agrees with the number; any other date is recent, as of a child.
  const [day, month, year] = /-birth_on$/.test(id) ? kPerson.birth : (['2', '11', '2026'] as const);
  await fillText(page.locator(`[id="${id}-day"]`), day);
  await fillText(page.locator(`[id="${id}-month"]`), month);
  await fillText(page.locator(`[id="${id}-year"]`), year);
}

function textFor(id: string, type: string | null, mode: string | null): string {
  if (/personal_no$/.test(id)) return kPerson.personal_no;
  if (type === 'tel') return '0912345678';
  if (type === 'email') return 'anhtuyet@vidu.vn';
  if (mode === 'numeric' || mode === 'decimal') return '12';
  return /name/.test(id) ? kPerson.full_name : 'Theo giấy tờ kèm theo';
}

/** Answers every question that is asked; answering can show more, so it goes round until nothing is blank. */
export async function fillStep(page: Page): Promise<void> {
  const form = page.locator('main form').last();
  await form.waitFor();
  // Steps come in their own script; wait for the first control of this one.
  await form.locator('input, select, textarea').first().waitFor({ state: 'attached' });
  for (let round = 0; round < 6; round++) {
    const before = await form.locator('input, select, textarea').count();
    for (const id of await form.locator('fieldset').evaluateAll((all) => all.map((one) => one.id))) {
      const group = page.locator(`[id="${id}"]`);
      if (await group.locator(`[id="${id}-day"]`).count()) await fillDate(page, id);
      const radios = group.locator(`input[type=radio][name="${id}"]`);
      if ((await radios.count()) && !(await group.locator('input[type=radio]:checked').count())) await radios.nth(/-sex$/.test(id) ? kPerson.sex : 0).check({ force: true });
      if (id !== 'declaration' && (await group.locator(`input[type=checkbox][id^="${id}-"]`).count()) && !(await group.locator('input[type=checkbox]:checked').count()))
        await group.locator('input[type=checkbox]').first().check({ force: true });
      const file = page.locator(`[id="${id}-input"][type=file]`);
      if ((await file.count()) && !(await group.locator('ul.files').count())) {
        await file.setInputFiles({ name: 'giay-to.pdf', mimeType: 'application/pdf', buffer: kPdf });
        await group.locator('ul.files').waitFor();
      }
    }
    for (const box of await form.locator('input[role=combobox]').all()) {
      if ((await box.inputValue()) !== '') continue;
      await box.click();
      // The demo province's desk with officers of every role; addresses may be anywhere.
      await box.fill('an xuyen');
      const list = page.locator(`[id="${await box.getAttribute('aria-controls')}"] [role=option]`).first();
      await expect(list).toContainText('An Xuyên');
      await list.click();
    }
    for (const select of await form.locator('select').all()) if ((await select.inputValue()) === '') await select.selectOption({ index: 1 });
    for (const area of await form.locator('textarea').all()) await fillText(area, 'Theo giấy tờ kèm theo.');
    for (const input of await form.locator('input:not([role=combobox]):not([type=radio]):not([type=checkbox]):not([type=file])').all()) {
      const id = (await input.getAttribute('id')) ?? '';
      if (/-(day|month|year)$/.test(id)) continue;
      await fillText(input, textFor(id, await input.getAttribute('type'), await input.getAttribute('inputmode')));
    }
    if ((await form.locator('input, select, textarea').count()) === before) return;
  }
}

/** Through all steps to "check your answers". */
export async function fillAll(page: Page): Promise<void> {
  for (let step = 0; step < 20; step++) {
    const heading = (await page.locator('h1').textContent()) ?? '';
    if (/Kiểm tra lại|Check your answers/.test(heading)) return;
    await fillStep(page);
    await page.getByRole('button', { name: /Tiếp tục|Continue/ }).click();
    await page.waitForFunction((old) => document.querySelector('h1')?.textContent !== old, heading, { timeout: 8000 });
  }
  throw new Error('the form has no end');
}

export async function signIn(page: Page, username: string): Promise<void> {
  await page.goto('/dang-nhap');
  await page.getByLabel('Tên đăng nhập').fill(username);
  await page.getByLabel('Mật khẩu').fill('tinhso-demo');
  await page.locator('main').getByRole('button', { name: 'Đăng nhập', exact: true }).click();
  await page.waitForURL((url) => url.pathname !== '/dang-nhap');
}
