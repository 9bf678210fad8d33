// The officers' day, by outside clients: notes and mentions, what is waited for, the load of an office, saved views.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { newBirth } from '../lib/samples.mjs';

async function filed() {
  const citizen = await as('cong-dan');
  const answer = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(answer.status, 201, String(answer.bytes));
  return answer.body.dossier_code;
}
const notesOf = (code) => `/api/v1/dossiers/${code}/notes`;

test('officers\' day: a note is read by officers of the dossier, its applicant and other offices know nothing of it', async () => {
  const code = await filed();
  const desk = await as('mot-cua');
  const secret = `ghi chú riêng ${code}`;
  const added = await desk.post(notesOf(code), { text: secret });
  assert.equal(added.status, 201, String(added.bytes));
  assert.equal(added.body.items[0].text, secret);
  assert.equal((await (await as('lanh-dao')).get(notesOf(code))).body.items.length, 1);
  for (const who of ['mot-cua-2', 'lanh-dao-2']) assert.equal((await (await as(who)).get(notesOf(code))).body.reason, 'dossier_not_found', who);
  const citizen = await as('cong-dan');
  assert.equal((await citizen.get(notesOf(code))).status, 403);
  assert.equal((await citizen.post(notesOf(code), { text: 'x' })).status, 403);
  for (const path of [`/api/v1/dossiers/${code}`, `/api/v1/track/${code}`, '/api/v1/notices']) {
    const answer = await citizen.get(path);
    assert.equal(answer.status, 200, path);
    assert.ok(!JSON.stringify(answer.body).includes(secret), path);
  }
  for (const body of [{}, { text: '   ' }, { text: 'a'.repeat(2001) }, { text: 'x', mentions: ['0'] }, { text: 'x', mentions: [1] }, { text: 'x', mentions: Array(11).fill('1') }, { text: 'x', more: 1 }])
    assert.equal((await desk.post(notesOf(code), body)).status, 422, JSON.stringify(body).slice(0, 60));
});

test('officers\' day: who is mentioned is told, finds the dossier, and is done with it; the author withdraws with a trace', async () => {
  const code = await filed();
  const desk = await as('mot-cua');
  const leader = await as('lanh-dao');
  const people = (await desk.get(`/api/v1/dossiers/${code}/note-people`)).body.items;
  const one = people.find((person) => person.role === 'leader');
  const added = await desk.post(notesOf(code), { text: `Nhờ @${one.full_name} xem`, mentions: [one.account_id] });
  assert.equal(added.status, 201, String(added.bytes));
  const { note_id, mentions } = added.body.items[0];
  assert.deepEqual(mentions, [{ account_id: one.account_id, full_name: one.full_name }]);
  assert.ok((await leader.get('/api/v1/notices?limit=20')).body.items.some((notice) => notice.kind === 'dossier.mentioned' && notice.subject === code));
  const mine = async () => (await leader.get('/api/v1/mentions?limit=100')).body.items.filter((item) => item.dossier.dossier_code === code);
  assert.equal((await mine()).length, 1);
  assert.equal((await desk.post(`/api/v1/mentions/${note_id}/done`)).body.reason, 'note_not_found');
  assert.equal((await leader.post(`/api/v1/mentions/${note_id}/done`)).status, 204);
  assert.equal((await mine()).length, 0);
  assert.equal((await leader.post(`${notesOf(code)}/${note_id}/withdrawal`)).body.reason, 'note_not_yours');
  const withdrawn = await desk.post(`${notesOf(code)}/${note_id}/withdrawal`);
  assert.equal(withdrawn.status, 200);
  assert.ok(withdrawn.body.items[0].withdrawn_at);
  assert.ok(withdrawn.body.items[0].text);
});

test('officers\' day: what was asked of the applicant is waited for until it comes', async () => {
  const code = await filed();
  const desk = await as('mot-cua');
  const citizen = await as('cong-dan');
  const waits = async (client, more = '') => (await client.get(`/api/v1/waiting?limit=100${more}`)).body.items.find((item) => item.dossier.dossier_code === code);
  assert.equal(await waits(desk), undefined);
  const before = (await desk.get('/api/v1/waiting')).body.counts.supplement;
  await desk.act(code, 'request_supplement', { reason: 'Thiếu giấy', items: ['Giấy chứng sinh'] });
  const row = await waits(desk, '&mine=1&kind=supplement');
  assert.deepEqual([row.kind, row.mine, row.days, row.waits_for], ['supplement', true, 0, '']);
  assert.equal((await desk.get('/api/v1/waiting?kind=unit')).body.counts.supplement, before + 1);
  assert.equal(await waits(await as('lanh-dao'), '&mine=1'), undefined);
  assert.ok(await waits(await as('lanh-dao')));
  assert.equal(await waits(await as('mot-cua-2')), undefined);
  assert.equal((await desk.get('/api/v1/waiting?kind=none')).status, 422);
  assert.equal((await desk.get('/api/v1/waiting?cursor=x')).status, 400);
  await citizen.act(code, 'supplement', { note: 'Đã gửi qua bưu điện' });
  assert.equal(await waits(desk), undefined);
});

test('officers\' day: a leader sees the load of the office, and each number opens to as many', async () => {
  await filed();
  const leader = await as('lanh-dao');
  const load = (await leader.get('/api/v1/inbox/load')).body.items;
  assert.ok(load.length > 0);
  const row = load[0];
  for (const [due, count] of [['', row.total], ['late', row.late], ['today', row.today], ['soon', row.soon]]) {
    let [cursor, seen] = ['', 0];
    do {
      const query = new URLSearchParams({ title: row.title, account_id: row.account_id || 'nobody', limit: '100', ...(due && { due }), ...(cursor && { cursor }) });
      const page = (await leader.get(`/api/v1/inbox/office?${query}`)).body;
      seen += page.items.length;
      cursor = page.next_cursor;
    } while (cursor);
    assert.equal(seen, count, due);
  }
  assert.equal((await leader.get('/api/v1/inbox/office?due=never')).status, 422);
  assert.equal((await (await as('mot-cua')).get('/api/v1/inbox/load')).status, 403);
  const times = await leader.get('/api/v1/work-times');
  assert.equal(times.status, 200);
  assert.ok(times.body.minutes_per_day > 0);
});

test('officers\' day: views are saved, shared by a leader, and removed', async () => {
  const desk = await as('mot-cua');
  const leader = await as('lanh-dao');
  const path = '/api/v1/inbox/views';
  const added = await desk.post(path, { name: 'Quá hạn của tôi', query: { deadline: 'late', mine: '1' } });
  assert.equal(added.status, 201, String(added.bytes));
  const own = added.body.items.find((one) => one.mine);
  assert.deepEqual(own.query, { deadline: 'late', mine: '1' });
  assert.equal((await desk.call('PATCH', `${path}/${own.view_id}`, { name: 'Trễ' })).body.items[0].name, 'Trễ');
  assert.equal((await desk.call('PATCH', `${path}/${own.view_id}`, { shared: true })).body.reason, 'permission_denied');
  const shared = (await leader.post(path, { name: 'Cả phường', query: {}, shared: true })).body.items.find((one) => one.mine);
  assert.ok((await desk.get(path)).body.items.some((one) => one.view_id === shared.view_id && !one.mine));
  assert.equal((await desk.call('DELETE', `${path}/${shared.view_id}`)).body.reason, 'view_not_found');
  assert.equal((await leader.call('DELETE', `${path}/${shared.view_id}`)).status, 200);
  assert.equal((await desk.call('DELETE', `${path}/${own.view_id}`)).body.items.length, 0);
});
