// A person who uses no mouse files a procedure and an officer looks at its papers, with Tab, arrows, Space, Enter and letters alone.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { close, expect, judge, newPerson, signIn } from '../lib/browser.mjs';
import { kPassword } from '../lib/client.mjs';
import { daysFromToday, newBirth, smallPdf } from '../lib/samples.mjs';
import { as } from '../lib/world.mjs';

const kTimeout = { timeout: 240_000 };
const kTabsMax = 80;

// What has the focus, as a screen reader would name it.
function focused(page) {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const box = at.getBoundingClientRect();
    const label = at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '';
    const group = at.closest('fieldset')?.id ?? '';
    return { tag: at.tagName.toLowerCase(), type: at.getAttribute('type') ?? '', role: at.getAttribute('role') ?? '', id: at.id, mode: at.getAttribute('inputmode') ?? '', group, label: label.trim(), value: at.value ?? '', checked: at.checked ?? false, shown: box.width > 0 && box.height > 0 };
  });
}

/** Tabs until `wanted` says yes of the focused control. */
async function tabTo(page, wanted, what) {
  for (let i = 0; i < kTabsMax; i++) {
    const at = await focused(page);
    if (at && wanted(at)) return at;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${what}`);
}

const pressable = (name) => (at) => (at.tag === 'button' || at.tag === 'a') && name.test(at.label);

async function press(page, name) {
  await tabTo(page, pressable(name), String(name));
  await page.keyboard.press('Enter');
}

async function type(page, text) {
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

function textFor({ id, type: kind, mode }) {
  if (/personal_no$/.test(id)) return '096190001234';
  if (kind === 'tel') return '0912345678';
  if (kind === 'email') return 'anhtuyet@example.com';
  if (['numeric', 'decimal'].includes(mode)) return '2';
  return /name/.test(id) ? 'Nguyễn Thị Ánh Tuyết' : 'Theo giấy tờ kèm theo';
}

/** Answers the controls of a step in the order Tab reaches them, then presses the button that goes on. */
async function answerStep(page) {
  const answered = new Set();
  let files = 0;
  for (let i = 0; i < 400; i++) {
    const at = await focused(page);
    if (at && pressable(/^(Tiếp tục)$/)(at)) return page.keyboard.press('Enter');
    const name = `${at?.id}|${at?.group}|${at?.label}`;
    if (at && !answered.has(name)) {
      answered.add(name);
      if (at.tag === 'input' && at.type === 'radio') {
        const chosen = await page.evaluate(() => [...document.getElementsByName(document.activeElement.name)].some((one) => one.checked));
        if (!chosen) await page.keyboard.press('Space');
        if (/-sex-/.test(at.id) && !chosen) await page.keyboard.press('ArrowDown');
      } else if (at.tag === 'input' && at.type === 'checkbox') {
        if (!at.checked) await page.keyboard.press('Space');
      } else if (at.role === 'combobox' && !at.value) {
        await page.keyboard.insertText('an xuyen');
        await expect(page.getByRole('option').first()).toContainText('An Xuyên');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
      } else if (at.tag === 'input' && /-(day|month|year)$/.test(at.id) && !at.value) {
        const [year, month, day] = /-birth_on-/.test(at.id) ? ['1990', '11', '24'] : daysFromToday(-20).split('-');
        await type(page, { day, month, year }[at.id.split('-').at(-1)]);
      } else if (at.tag === 'select' && !at.value) {
        await page.keyboard.press('ArrowDown');
      } else if (at.type === 'file' || (at.tag === 'button' && /^Chọn tệp/.test(at.label))) {
        const chooser = page.waitForEvent('filechooser');
        await page.keyboard.press('Space');
        await (await chooser).setFiles({ name: 'giay-to.pdf', mimeType: 'application/pdf', buffer: smallPdf() });
        await page.getByText('giay-to.pdf').nth(files++).waitFor();
      } else if ((at.tag === 'textarea' || (at.tag === 'input' && ['', 'text', 'tel', 'email'].includes(at.type))) && at.role !== 'combobox' && !at.value && at.id !== 'procedures-search') {
        await type(page, textFor(at));
      }
    }
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab does not reach the button that goes on');
}

test('keyboard: a citizen finds, files and follows a dossier', async () => {
  const citizen = await newPerson({ width: 1280, height: 900 });
  const { page } = citizen;
  await page.goto('/');
  await page.getByLabel('Tìm thủ tục').waitFor();
  await page.keyboard.press('Tab');
  assert.match((await focused(page)).label, /nội dung chính/i, 'the first Tab gives a way past the menu');
  await page.keyboard.press('Enter');
  await tabTo(page, (at) => at.tag === 'input', 'the search');
  await page.keyboard.insertText('lam giay khai sinh');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/thu-tuc\?q=/);
  await page.getByRole('main').getByRole('link', { name: /đăng ký khai sinh/i }).first().waitFor();
  await press(page, /đăng ký khai sinh/i);
  await page.waitForURL(/\/thu-tuc\/1\.001193/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/khai sinh/i);
  await press(page, /Nộp hồ sơ trực tuyến/);
  await page.waitForURL(/\/dang-nhap/);
  await page.getByLabel('Tên đăng nhập').waitFor();
  await tabTo(page, (at) => at.id === 'username', 'the user name');
  await page.keyboard.insertText('nguoi-dan-3');
  await page.keyboard.press('Tab');
  await page.keyboard.insertText(kPassword);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/nop-ho-so\/1\.001193/);
  for (let step = 0; step < 20; step++) {
    await page.getByRole('heading', { level: 1 }).waitFor();
    const heading = await page.getByRole('heading', { level: 1 }).textContent();
    if (/Kiểm tra lại/.test(heading)) break;
    await page.locator('main form').last().locator('input, select, textarea').first().waitFor({ state: 'attached' });
    await answerStep(page);
    await page.waitForFunction((old) => document.querySelector('h1')?.textContent !== old, heading);
  }
  await tabTo(page, (at) => at.type === 'checkbox', 'the declaration');
  await page.keyboard.press('Space');
  await press(page, /^Nộp hồ sơ$/);
  await page.waitForURL(/\/nop-ho-so\/xong\//);
  const code = new URL(page.url()).pathname.split('/').pop();
  await expect(page.getByText(code).first()).toBeVisible();
  assert.deepEqual(citizen.complaints, []);
  await close(citizen);
}, kTimeout);

test('keyboard: a row opened while the search still waits stays open', async () => {
  const filer = await as('cong-dan');
  const code = (await filer.post('/api/v1/dossiers', await newBirth(filer))).body.dossier_code;
  const desk = await newPerson({ width: 1280, height: 800 });
  const { page } = desk;
  await signIn(desk, 'mot-cua');
  const row = page.getByRole('link').filter({ hasText: code });
  await row.waitFor();
  await page.getByLabel('Tìm trong hộp việc').pressSequentially('ng', { delay: 0 });
  await row.evaluate((link) => link.click());
  await page.waitForURL(/\/can-bo\/ho-so\//);
  await page.getByRole('tab', { name: /^Giấy tờ/ }).waitFor();
  await page.waitForTimeout(600); // longer than the search waits: it must not have called the reader back
  assert.match(page.url(), new RegExp(`/can-bo/ho-so/${code}`));

  // The paper is shown beside the form, by keyboard, without a violation of the content security policy.
  await tabTo(page, (at) => at.role === 'tab', 'the tabs');
  await page.keyboard.press('ArrowRight');
  await press(page, /Xem tại đây/);
  const frame = page.frameLocator('iframe').first();
  await expect(page.locator('iframe')).toBeVisible();
  await frame.locator('body').waitFor({ state: 'attached' });
  await expect.poll(() => page.frames().some((one) => /\/files\/\d+$/.test(one.url()))).toBe(true);
  assert.deepEqual(desk.complaints, []);
  await judge(desk, '24-paper-preview');
  await close(desk);
}, kTimeout);
