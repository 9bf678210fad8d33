// Fees: the bill of a filed dossier, a bank that tells of money, the desk's cash, what does not fit, refunds, receipts, the books.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { anyone, as, world } from '../lib/world.mjs';
import { creditFor, fresh, readQr, sendCredit } from '../lib/bank.mjs';
import { fillForm, kWard } from '../lib/samples.mjs';
import { tinhso, until } from '../lib/server.mjs';

const kPdfStart = '%PDF-';

/** A dossier for three copies of a civil status extract (24.000 đồng), and its bill. */
async function billed(citizen) {
  const { answers, papers } = await fillForm(citizen, '2.000635', citizen.me.person);
  const filed = await citizen.post('/api/v1/dossiers', { procedure_code: '2.000635', unit_code: kWard, answers: { ...answers, copy_count: 3 }, papers, declaration: true });
  assert.equal(filed.status, 201, String(filed.bytes));
  const bills = (await citizen.get(`/api/v1/dossiers/${filed.body.dossier_code}/invoices`)).body.items;
  assert.equal(bills.length, 1);
  return { code: filed.body.dossier_code, bill: bills[0] };
}
const again = async (client, bill) => (await client.get(`/api/v1/invoices/${bill.invoice_id}`)).body;
const queue = async (desk) => (await desk.get('/api/v1/payments/credits?state=queued&limit=100')).body.items;

async function sound() {
  const { province } = await world();
  const done = tinhso('ledger', 'check', ...province.flags);
  const last = JSON.parse(done.stdout.trim().split('\n').at(-1));
  assert.equal(last.differences, 0, done.stdout);
  assert.equal(done.status, 0, done.stderr);
  return last.entries;
}

test('payments: the code of a bill is read by a phone, the bank tells, the bill is paid once', async () => {
  const { base } = await world();
  const citizen = await as('cong-dan');
  const { code, bill } = await billed(citizen);
  assert.equal(bill.state, 'issued');
  assert.equal(bill.amount_vnd, 24000);
  assert.equal(bill.lines[0].quantity, 3);
  const qr = await readQr(bill.vietqr);
  assert.deepEqual(qr, { valid: true, bank_bin: bill.account.bank_bin, account_no: bill.account.account_no, amount_vnd: 24000, purpose: bill.reference });
  const picture = await citizen.get(`/api/v1/invoices/${bill.invoice_id}/qr.svg`);
  assert.equal(picture.status, 200);
  assert.match(picture.bytes.toString(), /^<svg /);

  const id = fresh('evt_');
  const credit = creditFor(qr);
  const first = await sendCredit(base, credit, { id });
  assert.equal(first.status, 200, first.text);
  assert.equal(first.body.state, 'settled');
  const repeated = await Promise.all([1, 2, 3, 4].map(() => sendCredit(base, credit, { id })));
  for (const one of repeated) assert.equal(one.text, first.text);
  const paid = await again(citizen, bill);
  assert.equal(paid.state, 'paid');
  assert.equal(paid.payments.length, 1);
  assert.equal(paid.vietqr, null);
  assert.equal(paid.receipts.length, 1);
  const receipt = await citizen.get(`/api/v1/receipts/${paid.receipts[0].receipt_id}/receipt.pdf`);
  assert.equal(receipt.bytes.subarray(0, 5).toString(), kPdfStart);
  assert.ok((await citizen.get('/api/v1/notices')).body.items.some((one) => one.kind === 'dossier.fee_paid' && one.subject === code));
  assert.equal((await citizen.get(`/api/v1/invoices/${bill.invoice_id}/qr.svg`)).status, 404);
  await sound();
});

test('payments: a message that is not what it says is refused and changes nothing', async () => {
  const { base } = await world();
  const citizen = await as('cong-dan');
  const desk = await as('mot-cua');
  const { bill } = await billed(citizen);
  const qr = await readQr(bill.vietqr);
  const waiting = (await queue(desk)).length;
  const refused = async (credit, options, status, reason) => {
    const answer = await sendCredit(base, credit, options);
    assert.equal(answer.status, status, answer.text);
    if (reason) assert.equal(answer.body.reason, reason);
  };
  const credit = creditFor(qr);
  await refused(credit, { secret: 'whsec_' + Buffer.from('another secret of the wrong bank').toString('base64') }, 401, 'webhook_signature_wrong');
  await refused(credit, { forged: { 'webhook-id': fresh('evt_') } }, 401, 'webhook_signature_wrong');
  await refused(credit, { forged: { 'webhook-timestamp': '1' } }, 401, 'webhook_signature_wrong');
  await refused(credit, { at: new Date(Date.now() - 400_000) }, 401, 'webhook_timestamp_outside');
  await refused(credit, { at: new Date(Date.now() + 400_000) }, 401, 'webhook_timestamp_outside');
  await refused(credit, { provider: 'khong-co' }, 404, 'payment_provider_unknown');
  await refused(credit, { forged: { 'webhook-timestamp': 'soon' } }, 400, 'webhook_header_malformed');
  await refused({ ...credit, account_no: '0000000000' }, {}, 403, 'payment_account_foreign');
  await refused({ ...credit, bank_bin: '970436' }, {}, 403, 'payment_account_foreign');
  for (const amount_vnd of [-24000, 0, 24000.5, 1e13, '24000', null]) await refused({ ...credit, amount_vnd }, {}, 422);
  await refused({ ...credit, currency: 'USD' }, {}, 422);
  await refused({ ...credit, booked_at: 'yesterday' }, {}, 422);
  await refused('{"amount_vnd":', {}, 400);
  await refused(JSON.stringify(credit).padEnd(20_000), {}, 413);
  assert.equal((await again(citizen, bill)).state, 'issued');
  assert.equal((await queue(desk)).length, waiting);

  const id = fresh('evt_');
  assert.equal((await sendCredit(base, credit, { id })).status, 200);
  await refused({ ...credit, amount_vnd: 1 }, { id }, 409, 'payment_event_reused');
  await refused({ ...credit, amount_vnd: 1 }, {}, 409, 'bank_transaction_differs');
  await sound();
});

test('payments: partial, double, excess, unknown and foreign money waits for a person of its unit', async () => {
  const { base } = await world();
  const citizen = await as('cong-dan');
  const desk = await as('mot-cua');
  const other = await as('mot-cua-2');
  const { bill } = await billed(citizen);
  const qr = await readQr(bill.vietqr);
  await sendCredit(base, creditFor(qr, { amount_vnd: 20000 }));
  const partly = await again(citizen, bill);
  assert.equal(partly.state, 'partial');
  assert.equal((await readQr(partly.vietqr)).amount_vnd, 4000, 'the new code asks for the rest');
  const over = await sendCredit(base, creditFor(qr, { amount_vnd: 5000 }));
  assert.equal(over.body.problem, 'excess');
  assert.equal((await again(citizen, bill)).state, 'paid');
  const double = await sendCredit(base, creditFor(qr));
  assert.equal(double.body.problem, 'double');
  const unknown = await sendCredit(base, creditFor(qr, { remittance: 'nop phi ho tich' }));
  assert.equal(unknown.body.problem, 'unknown');

  const mine = await queue(desk);
  const find = (answer) => mine.find((one) => one.bank_credit_id === answer.body.bank_credit_id);
  assert.equal(find(over).left_vnd, 1000);
  assert.ok(!(await queue(other)).some((one) => one.bank_credit_id === find(over).bank_credit_id), 'another unit does not see it');
  const act = (client, credit, body) => client.post(`/api/v1/payments/credits/${credit.bank_credit_id}/actions`, { version: credit.version, ...body });
  assert.equal((await act(other, find(over), { action: 'keep' })).status, 404);
  assert.equal((await act(desk, find(over), { action: 'keep', invoice_id: bill.invoice_id })).status, 422);
  assert.equal((await act(desk, find(over), { action: 'keep' })).status, 204);
  assert.equal((await act(desk, find(over), { action: 'keep' })).body.reason, 'bank_credit_settled');
  // The unknown transfer was for another bill of the same person.
  const second = await billed(citizen);
  assert.equal((await act(desk, find(unknown), { action: 'assign', invoice_id: second.bill.invoice_id })).status, 204);
  assert.equal((await again(citizen, second.bill)).state, 'paid');

  // What was paid twice goes back: one proposes, another approves.
  const leader = await as('lanh-dao');
  const ask = { bank_credit_id: find(double).bank_credit_id, method: 'transfer', to_bank_bin: '970436', to_account_no: '0123456789', to_name: 'NGUYEN THI MY HANH', reason: 'Nộp hai lần' };
  assert.equal((await leader.post('/api/v1/payments/refunds', ask)).status, 403);
  assert.equal((await desk.post('/api/v1/payments/refunds', { ...ask, to_bank_bin: '123456' })).status, 422);
  const proposed = await desk.post('/api/v1/payments/refunds', ask);
  assert.equal(proposed.status, 201, String(proposed.bytes));
  assert.equal((await desk.post('/api/v1/payments/refunds', ask)).body.reason, 'refund_open_already');
  const waiting = (await leader.get('/api/v1/payments/refunds?state=proposed')).body.items.find((one) => one.refund_id === proposed.body.refund_id);
  assert.equal((await desk.post(`/api/v1/payments/refunds/${waiting.refund_id}/decision`, { decision: 'approve', version: waiting.version })).status, 403);
  assert.equal((await leader.post(`/api/v1/payments/refunds/${waiting.refund_id}/decision`, { decision: 'approve', version: waiting.version })).status, 204);
  await sound();
});

test('payments: cash at the desk gives a receipt; a wrong one is replaced; the day and the books agree', async () => {
  const citizen = await as('cong-dan');
  const desk = await as('mot-cua');
  const { code, bill } = await billed(citizen);
  const shown = (await desk.get(`/api/v1/dossiers/${code}/invoices`)).body.items[0];
  assert.equal(shown.may_collect, true);
  assert.equal((await again(citizen, bill)).may_collect, false);
  assert.equal((await citizen.post(`/api/v1/invoices/${bill.invoice_id}/cash`, { amount_vnd: 24000 })).status, 403);
  for (const amount_vnd of [-1, 0, 1.5, 1e13]) assert.equal((await desk.post(`/api/v1/invoices/${bill.invoice_id}/cash`, { amount_vnd })).status, 422);
  assert.equal((await desk.post(`/api/v1/invoices/${bill.invoice_id}/cash`, { amount_vnd: 23000 })).body.reason, 'invoice_amount_changed');
  const taken = await desk.post(`/api/v1/invoices/${bill.invoice_id}/cash`, { amount_vnd: 24000 });
  assert.equal(taken.status, 200, String(taken.bytes));
  assert.equal(taken.body.state, 'paid');
  assert.equal((await desk.post(`/api/v1/invoices/${bill.invoice_id}/cash`, { amount_vnd: 24000 })).body.reason, 'invoice_not_open');
  const [wrong] = taken.body.receipts;
  const fix = { payer_name: 'Công ty TNHH Đất Mũi', payer_address: 'Phường An Xuyên', reason: 'Ghi sai tên' };
  assert.equal((await desk.post(`/api/v1/receipts/${wrong.receipt_id}/replace`, fix)).status, 204);
  const receipts = (await again(desk, bill)).receipts;
  assert.equal(receipts.length, 2);
  assert.equal(receipts[1].replaces_receipt_id, wrong.receipt_id);
  assert.equal(receipts[1].receipt_no, wrong.receipt_no + 1);
  assert.equal((await desk.post(`/api/v1/receipts/${wrong.receipt_id}/replace`, fix)).body.reason, 'receipt_cancelled');

  const day = (await desk.get('/api/v1/payments/daily')).body;
  assert.ok(day.cash_vnd >= 24000);
  assert.ok(day.payments.some((one) => one.invoice_id === bill.invoice_id && one.method === 'cash' && one.payer_name === fix.payer_name));
  const csv = await desk.get('/api/v1/payments/daily.csv');
  assert.match(csv.bytes.toString(), /Công ty TNHH Đất Mũi/);
  assert.equal((await desk.get('/api/v1/payments/daily.pdf')).bytes.subarray(0, 5).toString(), kPdfStart);
  assert.equal((await desk.get('/api/v1/payments/daily?on=2026-02-30')).status, 422);
  const books = (await desk.get('/api/v1/payments/reconciliation')).body.units[0];
  for (const part of ['bank', 'cash', 'receipts']) assert.equal(books[part].difference_vnd, 0, `${part}: ${JSON.stringify(books)}`);
  assert.equal((await desk.get('/api/v1/payments/reconciliation?from=2026-05-02&to=2026-05-01')).status, 422);
  assert.ok((await desk.get('/api/v1/payments/invoices?state=paid')).body.items.some((one) => one.invoice_id === bill.invoice_id));

  // Given back in cash: the receipt is cancelled with it.
  const leader = await as('lanh-dao');
  const proposed = await desk.post('/api/v1/payments/refunds', { invoice_id: bill.invoice_id, method: 'cash', to_name: 'Nguyễn Thị Mỹ Hạnh', reason: 'Thu nhầm' });
  assert.equal(proposed.status, 201, String(proposed.bytes));
  assert.equal((await leader.post(`/api/v1/payments/refunds/${proposed.body.refund_id}/decision`, { decision: 'approve', version: 1 })).status, 204);
  const back = await again(citizen, bill);
  assert.equal(back.state, 'refunded');
  assert.ok(back.receipts.every((one) => one.state === 'cancelled'));
  assert.ok((await sound()) > 0);
});

test('payments: a bill is nobody else\'s, and a dossier that ends asks for nothing', async () => {
  const citizen = await as('cong-dan');
  const stranger = await as('nguoi-dan-2');
  const { code, bill } = await billed(citizen);
  for (const client of [stranger, await as('mot-cua-2')]) {
    assert.equal((await client.get(`/api/v1/invoices/${bill.invoice_id}`)).status, 404);
    assert.equal((await client.get(`/api/v1/dossiers/${code}/invoices`)).status, 404);
    assert.equal((await client.get(`/api/v1/invoices/${bill.invoice_id}/qr.svg`)).status, 404);
  }
  assert.equal((await (await anyone()).get(`/api/v1/invoices/${bill.invoice_id}`)).status, 401);
  for (const id of ['0', '-1', 'x', '99999999999999999999', '1']) assert.equal((await citizen.get(`/api/v1/invoices/${id}`)).status, 404);
  assert.equal((await (await as('mot-cua-2')).post(`/api/v1/invoices/${bill.invoice_id}/cash`, { amount_vnd: 24000 })).status, 404);
  await citizen.act(code, 'withdraw', { reason: 'Không cần nữa' });
  assert.equal((await again(citizen, bill)).state, 'cancelled');
  const desk = await as('mot-cua');
  assert.equal((await desk.post(`/api/v1/invoices/${bill.invoice_id}/cancel`, { reason: 'x' })).body.reason, 'invoice_not_open');
  const another = await billed(citizen);
  assert.equal((await desk.post(`/api/v1/invoices/${another.bill.invoice_id}/cancel`, { reason: 'Tính sai' })).status, 200);
  await sound();
});

test('payments: the sandbox bank pays through the same door', async () => {
  const citizen = await as('cong-dan');
  const { bill } = await billed(citizen);
  assert.equal(bill.sandbox, true);
  assert.equal((await citizen.post(`/api/v1/invoices/${bill.invoice_id}/sandbox-payment`, { amount_vnd: -1 })).status, 422);
  assert.equal((await citizen.post(`/api/v1/invoices/${bill.invoice_id}/sandbox-payment`, {})).body.state, 'paid');
  await sound();
});

test('payments: a statement file is read in whole or not at all, and counts nothing twice', async () => {
  const { base } = await world();
  const citizen = await as('cong-dan');
  const desk = await as('mot-cua');
  const told = (await billed(citizen)).bill;
  const unheard = (await billed(citizen)).bill;
  const message = creditFor(await readQr(told.vietqr));
  assert.equal((await sendCredit(base, message)).body.state, 'settled');
  const today = new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10);
  const line = (number, vnd, text) => `${today},${number},${vnd},${text}\n`;
  const file = (...lines) => new TextEncoder().encode(`Booking date,Transaction number,Credit,Description\n${lines.join('')}`);
  const send = (bytes, who = desk, query = '') => who.post(`/api/v1/payments/statements?file_name=sao-ke.csv${query}`, bytes);
  const number = fresh('SK');
  const whole = file(line(message.transaction_no, 24000, 'told before'), line(number, 24000, unheard.reference), line(fresh('SK'), 7, 'khong ro'));
  const seen = (await send(whole, desk, '&dry_run=true')).body;
  assert.equal(seen.imported, false);
  assert.equal(seen.credits_new, 2);
  assert.equal((await again(citizen, unheard)).state, 'issued');
  const wrong = await send(file(line(fresh('SK'), 24000, unheard.reference), line(message.transaction_no, 23999, 'other')));
  assert.equal(wrong.status, 422, String(wrong.bytes));
  assert.deepEqual(wrong.body.errors[0], { pointer: '/lines/3', reason: 'bank_transaction_differs' });
  assert.equal((await again(citizen, unheard)).state, 'issued', 'nothing of it');
  const done = (await send(whole)).body;
  assert.deepEqual([done.imported, done.credits_new, done.settled, done.queued], [true, 2, 1, 1]);
  assert.equal((await again(citizen, unheard)).state, 'paid');
  const repeated = (await send(whole)).body;
  assert.deepEqual([repeated.known, repeated.credits_new], [true, 0]);
  assert.equal((await send(new Uint8Array([0xff, 0xfe, 0x42, 0x00]))).body.errors[0].reason, 'statement_utf16');
  assert.equal((await send(whole, await as('mot-cua-2'), '&dry_run=true')).body.credits_new, 3, 'a file without an account is of one\'s own');
  assert.equal((await send(whole, citizen)).status, 403);
  assert.ok((await desk.get('/api/v1/payments/statements')).body.items.some((one) => one.file_name === 'sao-ke.csv' && one.credits === 3));
  await sound();
});

test('payments: an administrator corrects a unit\'s account; new bills name it, old ones stay', async () => {
  const admin = await as('quan-tri');
  const citizen = await as('cong-dan');
  const before = (await billed(citizen)).bill;
  const { items, banks } = (await admin.get('/api/v1/admin/payments/accounts')).body;
  const unit = items.find((one) => one.unit_code === kWard);
  assert.ok(unit.account && banks.length > 50);
  const put = (body) => admin.call('PUT', `/api/v1/admin/payments/accounts/${kWard}`, body);
  const account = { bank_bin: '970436', account_no: '1012345678', holder_name: 'UBND PHUONG AN XUYEN' };
  assert.equal((await put({ ...account, bank_bin: '000000' })).status, 422);
  assert.equal((await put({ ...account, account_no: '12 34' })).status, 422);
  const taken = items.find((one) => one.unit_code !== kWard && one.account).account;
  assert.equal((await put({ ...account, bank_bin: taken.bank_bin, account_no: taken.account_no })).body.reason, 'account_of_another_unit');
  assert.equal((await put(account)).status, 204);
  const after = (await billed(citizen)).bill;
  assert.equal(after.account.account_no, '1012345678');
  assert.equal((await again(citizen, before)).account.account_no, before.account.account_no);
  const { base } = await world();
  assert.equal((await sendCredit(base, creditFor(await readQr(before.vietqr)))).body.state, 'settled', 'late money still comes to the old account');
  assert.equal((await put({ bank_bin: unit.account.bank_bin, account_no: unit.account.account_no, holder_name: unit.account.holder_name })).status, 204);
  await until('the audit log holds it', async () => (await admin.get('/api/v1/admin/audit?kind=payment.account_changed')).status === 200);
  await sound();
});
