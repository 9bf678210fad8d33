// Fills whatever step of a form stands on the screen, as a person would: by its controls.
import { expect } from './browser.mjs';
import { daysFromToday, smallPdf } from './samples.mjs';

const kPerson = { full_name: 'Nguyễn Thị Ánh Tuyết', personal_no: '096190001234', birth: ['24', '11', '1990'], sexAt: 1 };

async function fillBlank(input, value) {
  if ((await input.inputValue()) === '') await input.fill(value);
}

async function fillDate(page, id) {
  // A person's own birth date agrees with the number; any other date is recent, as of a child.
  const [year, month, day] = daysFromToday(-20).split('-');
  const parts = /-birth_on$/.test(id) ? kPerson.birth : [String(Number(day)), String(Number(month)), year];
  for (const [part, value] of [['day', parts[0]], ['month', parts[1]], ['year', parts[2]]]) await fillBlank(page.locator(`[id="${id}-${part}"]`), value);
}

function textFor(id, type, mode) {
  if (/personal_no$/.test(id)) return kPerson.personal_no;
  if (type === 'tel') return '0912345678';
  if (type === 'email') return 'anhtuyet@example.com';
  if (mode === 'numeric' || mode === 'decimal') return '12';
  return /name/.test(id) ? kPerson.full_name : 'Theo giấy tờ kèm theo';
}

/** Chooses an option as a person does, by its row: not before it stands still and nothing lies over it. */
export async function tick(input) {
  await input.locator('xpath=ancestor::label[1]').click();
  await expect(input).toBeChecked();
}

async function fillGroup(page, id) {
  const group = page.locator(`[id="${id}"]`);
  if (await group.locator(`[id="${id}-day"]`).count()) await fillDate(page, id);
  const radios = group.locator(`input[type=radio][name="${id}"]`);
  if ((await radios.count()) && !(await group.locator('input[type=radio]:checked').count())) await tick(radios.nth(/-sex$/.test(id) ? kPerson.sexAt : 0));
  const boxes = group.locator(`input[type=checkbox][id^="${id}-"]`);
  if (id !== 'declaration' && (await boxes.count()) && !(await group.locator('input[type=checkbox]:checked').count())) await tick(boxes.first());
  const file = page.locator(`[id="${id}-input"][type=file]`);
  if ((await file.count()) && !(await group.getByText('giay-to.pdf').count())) {
    await file.setInputFiles({ name: 'giay-to.pdf', mimeType: 'application/pdf', buffer: smallPdf() });
    await group.getByText('giay-to.pdf').first().waitFor();
  }
}

/** Answers every question that is asked; answering can show more, so it goes round until nothing new appears. */
export async function fillStep(page) {
  const form = page.locator('main form').last();
  await form.locator('input, select, textarea').first().waitFor({ state: 'attached' });
  for (let round = 0; round < 6; round++) {
    const before = await form.locator('input, select, textarea').count();
    for (const id of await form.locator('fieldset').evaluateAll((all) => all.map((one) => one.id))) await fillGroup(page, id);
    for (const box of await form.getByRole('combobox').all()) {
      if ((await box.evaluate((one) => one.tagName)) === 'SELECT' || (await box.inputValue()) !== '') continue;
      await box.click();
      await box.fill('an xuyen');
      const choice = page.locator(`[id="${await box.getAttribute('aria-controls')}"]`).getByRole('option').first();
      await expect(choice).toContainText('An Xuyên');
      await choice.click();
    }
    for (const select of await form.locator('select').all()) if ((await select.inputValue()) === '') await select.selectOption({ index: 1 });
    for (const area of await form.locator('textarea').all()) await fillBlank(area, 'Theo giấy tờ kèm theo.');
    for (const input of await form.locator('input:not([role=combobox]):not([type=radio]):not([type=checkbox]):not([type=file])').all()) {
      const id = (await input.getAttribute('id')) ?? '';
      if (/-(day|month|year)$/.test(id)) continue;
      await fillBlank(input, textFor(id, await input.getAttribute('type'), await input.getAttribute('inputmode')));
    }
    if ((await form.locator('input, select, textarea').count()) === before) return;
  }
}

/** Through all steps to "check your answers"; `each` is called on every step once it is filled. */
export async function fillAll(page, each = async () => {}) {
  for (let step = 0; step < 20; step++) {
    const heading = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
    if (/Kiểm tra lại|Check your answers/.test(heading)) return;
    await fillStep(page);
    await each(step);
    await page.getByRole('button', { name: /^(Tiếp tục|Continue)$/ }).click();
    await page.waitForFunction((old) => document.querySelector('h1')?.textContent !== old, heading);
  }
  throw new Error('the form has no end');
}
