// Reception at any desk for any competent unit (phi địa giới), by outside clients: two desks, the papers between them, and the report.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { kWalkIn, kWard, daysFromToday, fillForm, textOf } from '../lib/samples.mjs';

const kProcedure = '2.000815';
const at = (code, rest = '') => `/api/v1/dossiers/${code}${rest}`;

async function receivedElsewhere(desk, more = {}) {
  const { answers, papers } = await fillForm(desk, kProcedure, kWalkIn);
  const counted = papers.map((paper) => ({ ...paper, originals: 1 }));
  return desk.post('/api/v1/dossiers', { procedure_code: kProcedure, unit_code: kWard, channel: 'counter', return_method: 'counter', answers, papers: counted, declaration: true, applicant: kWalkIn, ...more });
}
const report = async (client) => (await client.get(`/api/v1/reports/any-desk?from=${daysFromToday(0)}&to=${daysFromToday(0)}`)).body;

test('any desk: received in one ward for another, its papers handed over, its result returned where it was received', async () => {
  const [elsewhere, desk, specialist, leader] = await Promise.all(['mot-cua-2', 'mot-cua', 'chuyen-vien', 'lanh-dao'].map((who) => as(who)));
  const before = { here: (await report(elsewhere)).here.cells, elsewhere: (await report(desk)).elsewhere.cells };
  const filed = await receivedElsewhere(elsewhere, { return_here: true });
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  assert.ok(code.startsWith(`${kWard}-`) || code.startsWith(`${kWard}.`), code);
  assert.ok(filed.body.due_on);

  // The receiving desk's own slip names it, and whose the dossier is.
  const slip = textOf((await elsewhere.get(at(code, '/slips/01.pdf'))).bytes);
  const seen = (await elsewhere.get(at(code))).body;
  assert.ok(slip.includes('Cơ quan giải quyết'), slip);
  assert.deepEqual([seen.transfer.at_reception, seen.transfer.may_send, seen.transfer.may_take, seen.transfer.return_here, seen.actions], [true, true, false, true, []]);
  for (const [who, count] of [['mot-cua-2', 1], ['mot-cua', 1], ['mot-cua-tinh', 0]]) assert.equal((await (await as(who)).get(`/api/v1/dossiers?q=${code}`)).body.items.length, count, who);
  // It reads, and nothing else; nobody of a third office sees anything.
  for (const path of ['/notes', '/consultations', '/invoices']) assert.ok([403, 404].includes((await elsewhere.get(at(code, path))).status), path);
  assert.equal((await elsewhere.post(at(code, '/actions'), { action: 'take', version: seen.version })).status, 409);
  for (const who of ['mot-cua-tinh', 'chuyen-vien-2', 'lanh-dao-2', 'nguoi-dan-2']) assert.equal((await (await as(who)).get(at(code))).status, 404, who);

  const sent = await elsewhere.post(at(code, '/transfer'), { version: seen.version, step: 'send', note: 'Đủ giấy tờ' });
  assert.equal(sent.status, 200, String(sent.bytes));
  assert.equal((await elsewhere.post(at(code, '/transfer'), { version: seen.version, step: 'send' })).body.reason, 'dossier_version_stale');
  assert.equal((await elsewhere.post(at(code, '/transfer'), { version: sent.body.version, step: 'send' })).body.reason, 'transfer_not_allowed');
  assert.equal((await elsewhere.post(at(code, '/transfer'), { version: sent.body.version, step: 'keep' })).status, 422);
  assert.equal((await specialist.post(at(code, '/transfer'), { version: sent.body.version, step: 'take' })).status, 403);
  const taken = await desk.post(at(code, '/transfer'), { version: sent.body.version, step: 'take' });
  assert.equal(taken.status, 200, String(taken.bytes));
  assert.ok(taken.body.handovers.some((one) => one.action === 'transfer_sent' && one.taken_at));

  assert.equal((await elsewhere.post(at(code, '/actions'), { action: 'propose', version: taken.body.version, result_text: 'x' })).body.reason, 'dossier_action_not_allowed');
  await desk.act(code, 'propose', { result_text: 'Đã chứng thực' });
  await leader.act(code, 'approve');
  const returned = await elsewhere.act(code, 'return_result', { receiver_name: kWalkIn.full_name });
  assert.equal(returned.state.national_state, 10);

  const after = { here: (await report(elsewhere)).here, elsewhere: (await report(desk)).elsewhere };
  for (const [side, cells] of [['here', before.here], ['elsewhere', before.elsewhere]]) {
    const now = after[side].cells;
    for (const cell of ['received', 'sent_in_time', 'taken', 'return_here', 'returned_here']) assert.equal(now[cell], cells[cell] + 1, `${side} ${cell}`);
    assert.equal(now.received, now.without_papers + now.sent_in_time + now.sent_late + now.unsent_within + now.unsent_late);
    assert.equal(after[side].by_unit.reduce((sum, one) => sum + one.cells.received, 0), now.received);
  }
  // Every number opens to as many dossiers.
  for (const [client, side] of [[elsewhere, 'here'], [desk, 'elsewhere']]) {
    const cells = (await report(client))[side].cells;
    for (const [cell, count] of Object.entries(cells)) {
      const list = (await client.get(`/api/v1/reports/any-desk/dossiers?side=${side}&cell=${cell}&from=${daysFromToday(0)}&limit=100`)).body;
      assert.equal(list.items.length, count, `${side} ${cell}`);
      if (cell === 'received') assert.ok(list.items.some((one) => one.dossier_code === code && one.may_open));
    }
  }
  const csv = await elsewhere.get('/api/v1/reports/any-desk/export?format=csv&table=here');
  assert.ok(csv.bytes.toString('utf8').includes('Chuyển đúng thời hạn'));
  assert.equal((await elsewhere.get('/api/v1/reports/any-desk/export')).bytes.subarray(0, 2).toString(), 'PK');
  assert.equal((await elsewhere.get('/api/v1/reports/any-desk/export?format=csv&table=unit')).status, 422);
  assert.equal((await elsewhere.get('/api/v1/reports/any-desk/dossiers?side=here&cell=all')).status, 422);
  assert.equal((await elsewhere.get(`/api/v1/reports/any-desk/dossiers?side=here&cell=received&unit=${kWard}`)).body.reason, 'unit_out_of_scope');
  assert.equal((await (await as('cong-dan')).get('/api/v1/reports/any-desk')).status, 403);
});

test('any desk: only over the counter, only for one dossier, and where its own desk would return it there is nothing to choose', async () => {
  const [elsewhere, desk] = await Promise.all([as('mot-cua-2'), as('mot-cua')]);
  assert.equal((await receivedElsewhere(elsewhere, { channel: 'post' })).body.reason, 'unit_out_of_scope');
  assert.equal((await receivedElsewhere(desk, { return_here: true })).body.errors[0].reason, 'field_not_applicable');
  assert.equal((await receivedElsewhere(elsewhere, { return_here: true, return_method: 'online' })).body.errors[0].reason, 'field_not_applicable');
  assert.equal((await receivedElsewhere(await as('chuyen-vien-2'))).status, 403);
});
