// Delegation as two clients see it: a leader delegates, the delegate decides for him, and every record names both.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { daysFromToday, newBirth, textOf } from '../lib/samples.mjs';

const kOffice = 'H12.126.02';

async function signedIn(username) {
  const client = new Client((await world()).base);
  await client.signIn(username);
  return client;
}

const held = (client, username) => client.me.assignments.find((one) => (username ? one.on_behalf_of : !one.on_behalf_of));

async function proposed() {
  const citizen = await as('cong-dan');
  const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  await (await as('mot-cua')).act(code, 'accept');
  const handler = await signedIn('chuyen-vien');
  await handler.actAt(kOffice);
  await handler.act(code, 'take');
  await handler.act(code, 'propose', { result_text: 'Đủ điều kiện' });
  return code;
}

async function delegate(giver, to, more = {}) {
  const assignments = (await giver.get('/api/v1/delegations/assignments')).body.items;
  const colleagues = await giver.get(`/api/v1/delegations/colleagues?assignment_id=${assignments[0].assignment_id}&q=${encodeURIComponent(to)}`);
  assert.equal(colleagues.body.items.length, 1, String(colleagues.bytes));
  return giver.post('/api/v1/delegations', { assignment_id: assignments[0].assignment_id, to_account_id: colleagues.body.items[0].account_id, valid_from: daysFromToday(0), valid_to: daysFromToday(3), reason: 'Đi công tác', ...more });
}

test('delegation: the delegate decides for the leader; event, result, paper, audit and inbox say so; revoked, it is over at once', async () => {
  const code = await proposed();
  const leader = await signedIn('lanh-dao');
  const given = await delegate(leader, 'pham hoang khai');
  assert.equal(given.status, 201, String(given.bytes));
  assert.equal(given.body.state, 'active');

  const deputy = await signedIn('chuyen-vien');
  assert.equal((await deputy.get('/api/v1/me/delegations')).body.items.filter((one) => one.received && one.state === 'active').length, 1);
  const [work] = (await deputy.get('/api/v1/inbox/counts')).body.delegated;
  assert.equal(work.on_behalf_of, 'Võ Minh Tâm');
  assert.ok(work.total >= 1, JSON.stringify(work));
  const refused = await deputy.post(`/api/v1/dossiers/${code}/actions`, { action: 'approve', version: (await deputy.dossier(code)).version });
  assert.equal(refused.body.reason, 'dossier_action_not_allowed', 'under his own assignment he decides nothing');

  const leading = held(deputy, true);
  assert.deepEqual(leading.on_behalf_of, { full_name: 'Võ Minh Tâm', valid_to: daysFromToday(3) });
  const acting = await deputy.post('/api/v1/me/assignment', { assignment_id: leading.assignment_id });
  assert.deepEqual(acting.body.roles, ['leader']);
  assert.ok(!acting.body.permissions.some((one) => one.startsWith('delegation.')), 'nothing is handed on');
  assert.ok((await deputy.get(`/api/v1/inbox?q=${code}`)).body.items.length === 1, "the leader's work is in his list");
  const decided = await deputy.act(code, 'approve');
  assert.equal(decided.result.on_behalf_of, 'Võ Minh Tâm');
  const event = decided.events.find((one) => one.action === 'approve');
  assert.equal(event.actor_name, 'Phạm Hoàng Khải');
  assert.equal(event.on_behalf_of, 'Võ Minh Tâm');
  assert.equal(event.actor_position, 'Chủ tịch');
  assert.ok(!decided.events.find((one) => one.action === 'propose').on_behalf_of);
  const text = textOf((await deputy.get(`/api/v1/dossiers/${code}/result.pdf`)).bytes);
  assert.match(text, /TUQ\. CHỦ TỊCH/);
  assert.match(text, /CÔNG CHỨC TƯ PHÁP - HỘ TỊCH/);
  assert.match(text, /Phạm Hoàng Khải/);

  const seen = (await (await as('cong-dan')).get('/api/v1/me/data-access?limit=100')).body.items;
  assert.ok(seen.some((one) => one.on_behalf && one.dossier_code === code && one.position === 'Chủ tịch'), 'the person sees that it was by delegation');

  const revoked = await leader.call('DELETE', `/api/v1/delegations/${given.body.delegation_id}`);
  assert.equal(revoked.body.state, 'revoked');
  for (const path of ['/api/v1/inbox', `/api/v1/dossiers/${code}`]) {
    const over = await deputy.get(path);
    assert.equal(over.status, 403, path);
    assert.equal(over.body.reason, 'assignment_ended');
  }
  const act = await deputy.post(`/api/v1/dossiers/${code}/actions`, { action: 'approve', version: 1 });
  assert.equal(act.body.reason, 'assignment_ended', 'nor is it done under his own assignment instead');
  const me = (await deputy.get('/api/v1/me')).body;
  assert.equal(me.assignment_ended, true);
  assert.ok(me.assignments.every((one) => !one.on_behalf_of));
  assert.equal((await deputy.post('/api/v1/me/assignment', { assignment_id: held(deputy, false).assignment_id })).status, 200);
  assert.equal((await deputy.get('/api/v1/inbox')).status, 200);
});

test('delegation: a slip received for a colleague names both', async () => {
  const leader = await signedIn('lanh-dao');
  const mine = (await leader.get('/api/v1/delegations/assignments')).body.items;
  const desk = mine.find((one) => one.role === 'one_stop_officer');
  assert.ok(desk && !desk.own, 'a leader sees what those below him hold');
  const [clerk] = (await leader.get(`/api/v1/delegations/colleagues?assignment_id=${desk.assignment_id}&q=diep`)).body.items;
  const given = await leader.post('/api/v1/delegations', { assignment_id: desk.assignment_id, to_account_id: clerk.account_id, valid_to: daysFromToday(0), reason: 'Nghỉ ốm' });
  assert.equal(given.status, 201, String(given.bytes));
  assert.equal(given.body.created_by, 'Võ Minh Tâm');
  const standIn = await signedIn('van-thu');
  assert.equal((await standIn.post('/api/v1/me/assignment', { assignment_id: desk.assignment_id })).status, 200);
  const citizen = await as('cong-dan');
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  await standIn.act(code, 'accept');
  const text = textOf((await citizen.get(`/api/v1/dossiers/${code}/slips/01.pdf`)).bytes);
  assert.match(text, /Huỳnh Ngọc Diệp/);
  assert.match(text, /thay Lê Thị Thu Ngân/);
  assert.equal((await standIn.call('DELETE', `/api/v1/delegations/${given.body.delegation_id}`)).status, 200, 'given back by who received it');
});

test('delegation: an assignment has dates, which an administrator changes', async () => {
  const admin = await signedIn('quan-tri');
  const account = (await admin.get('/api/v1/admin/accounts?q=van-thu')).body.items.find((one) => one.username === 'van-thu');
  const path = `/api/v1/admin/accounts/${account.account_id}/assignments`;
  const added = await admin.post(path, { unit_code: 'H12.126', role: 'specialist', position: 'Chuyên viên', valid_from: daysFromToday(2), valid_to: daysFromToday(9) });
  const coming = added.body.assignments.find((one) => one.position === 'Chuyên viên');
  assert.equal(coming.valid_to, daysFromToday(9));
  const clerk = await signedIn('van-thu');
  assert.ok(clerk.me.assignments.every((one) => one.position !== 'Chuyên viên'), 'not before its first day');
  assert.equal((await clerk.post('/api/v1/me/assignment', { assignment_id: coming.assignment_id })).status, 404);
  const changed = await admin.call('PATCH', `${path}/${coming.assignment_id}`, { valid_from: daysFromToday(1), valid_to: '' });
  assert.equal(changed.status, 200, String(changed.bytes));
  assert.equal(changed.body.assignments.find((one) => one.position === 'Chuyên viên').valid_to, null);
  assert.equal((await admin.call('PATCH', `${path}/${coming.assignment_id}`, { valid_to: daysFromToday(-1) })).status, 422);
  assert.equal((await admin.call('DELETE', `${path}/${coming.assignment_id}`)).status, 200);
});

test('delegation: nobody outside the office, no administrator, no citizen', async () => {
  const leader = await signedIn('lanh-dao');
  const own = (await leader.get('/api/v1/delegations/assignments')).body.items[0];
  const outsider = await signedIn('lanh-dao-2');
  assert.equal((await outsider.get(`/api/v1/delegations/colleagues?assignment_id=${own.assignment_id}`)).status, 404);
  const admin = await signedIn('quan-tri');
  const adminOwn = admin.me.assignments[0].assignment_id;
  const account = (await admin.get('/api/v1/admin/accounts?q=chuyen-vien')).body.items.find((one) => one.username === 'chuyen-vien').account_id;
  const wish = { to_account_id: account, valid_to: daysFromToday(1), reason: 'Thử' };
  assert.equal((await admin.post('/api/v1/delegations', { ...wish, assignment_id: adminOwn })).body.reason, 'delegation_role_refused');
  assert.equal((await outsider.post('/api/v1/delegations', { ...wish, assignment_id: own.assignment_id })).status, 404);
  assert.equal((await (await as('cong-dan')).post('/api/v1/delegations', { ...wish, assignment_id: own.assignment_id })).status, 403);
  for (const [field, value, reason] of [['valid_to', daysFromToday(-1), 'date_range'], ['valid_from', daysFromToday(-1), 'date_in_past'], ['reason', ' ', 'field_required'], ['to_account_id', 'x', 'colleague_unknown']]) {
    const answer = await leader.post('/api/v1/delegations', { ...wish, assignment_id: own.assignment_id, [field]: value });
    assert.equal(answer.status, 422, field);
    assert.equal(answer.body.errors[0].reason, reason, field);
  }
});
