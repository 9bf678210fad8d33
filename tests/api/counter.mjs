// The counter as an outside client sees it: queue numbers, the promise, papers kept once, filing for somebody else.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { anyone, as } from '../lib/world.mjs';
import { kWalkIn, kWard, daysFromToday, fillForm, newBirth, textOf } from '../lib/samples.mjs';

const kProcedure = '2.000815';
const kOther = { paper_id: 'other1', name: 'Giấy tờ khác' };

async function walkIn(desk, more = {}) {
  const { answers, papers } = await fillForm(desk, kProcedure, kWalkIn);
  return { procedure_code: kProcedure, unit_code: kWard, channel: 'counter', answers, papers, declaration: true, applicant: kWalkIn, ...more };
}

test('counter: numbers are taken with the key, called once, and shown without names', async () => {
  const [leader, desk, stranger] = [await as('lanh-dao'), await as('mot-cua'), await anyone()];
  const take = (key, service_group = 'A') => stranger.post(`/api/v1/queue-boards/${kWard}/tickets`, { key, service_group });
  assert.equal((await take('sai-khoa')).body.reason, 'queue_key_wrong');
  assert.equal((await desk.post('/api/v1/queue/kiosk-key')).status, 403, 'the desk officer makes no key');
  const { key } = (await leader.post('/api/v1/queue/kiosk-key')).body;
  const taken = await Promise.all(Array.from({ length: 8 }, () => take(key)));
  const numbers = taken.map((one) => one.body.ticket_no).sort();
  assert.equal(new Set(numbers).size, 8);
  assert.equal(Number(numbers[7].slice(1)) - Number(numbers[0].slice(1)), 7, 'no gap');
  const called = await Promise.all([desk.post('/api/v1/queue/next', { desk: 'Quầy 1' }), leader.post('/api/v1/queue/next', { desk: 'Quầy 2' })]);
  const [one, two] = called.map((answer) => answer.body.ticket);
  assert.notEqual(one.ticket_no, two.ticket_no);
  const board = await stranger.get(`/api/v1/queue-boards/${kWard}`);
  assert.deepEqual(board.body.called.map((each) => each.ticket_no).sort(), [one.ticket_no, two.ticket_no].sort());
  const recalled = await desk.post(`/api/v1/queue/tickets/${one.ticket_id}/actions`, { action: 'recall', version: one.version });
  assert.equal(recalled.body.ticket.calls, 2);
  assert.equal((await desk.post(`/api/v1/queue/tickets/${one.ticket_id}/actions`, { action: 'done', version: one.version })).body.reason, 'queue_ticket_changed');
  assert.equal((await desk.post(`/api/v1/queue/tickets/${two.ticket_id}/actions`, { action: 'done', version: two.version })).status, 409, "not another officer's");
  const renewed = (await leader.post('/api/v1/queue/kiosk-key')).body.key;
  assert.equal((await take(key)).status, 403, 'the key before stops working');
  assert.equal((await take(renewed, 'Z')).status, 422);
  const groups = board.body.groups.map(({ service_group, title }) => ({ service_group, vi: title.vi, en: title.en }));
  assert.equal((await leader.call('PUT', '/api/v1/queue/groups', { groups: [...groups, { service_group: 'K', vi: 'Đất đai', en: 'Land' }] })).body.groups.length, groups.length + 1);
  assert.equal((await take(renewed, 'K')).body.ticket_no, 'K001');
  assert.equal((await leader.call('PUT', '/api/v1/queue/groups', { groups })).status, 200);
  assert.equal((await leader.call('PUT', '/api/v1/queue/groups', { groups: [groups[0], groups[0]] })).status, 422);
  const today = daysFromToday(0);
  assert.ok((await desk.get(`/api/v1/queue/figures?from=${today}&to=${today}`)).body.items.some((row) => row.desk === 'Quầy 1'));
});

test('counter: what is promised before filing is what the slip says', async () => {
  const [desk, stranger] = [await as('mot-cua'), await anyone()];
  const promise = (await stranger.get(`/api/v1/procedures/${kProcedure}/promise?unit=${kWard}&channel=counter`)).body;
  const filed = (await desk.post('/api/v1/dossiers', await walkIn(desk))).body;
  assert.equal(promise.due_on, filed.due_on);
  assert.equal((await stranger.get(`/api/v1/procedures/${kProcedure}/promise?unit=KHONG-CO`)).status, 422);
});

test("counter: a paper handed in once is used again, and another person's is as if absent", async () => {
  const [desk, citizen, other] = [await as('mot-cua'), await as('cong-dan'), await as('nguoi-dan-2')];
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  const kept = (await citizen.get('/api/v1/papers')).body.items.find((one) => one.dossier_code === code);
  const reuse = [{ dossier_code: code, file_id: kept.file.file_id }];
  const birth = { ...(await newBirth(citizen)), papers: [{ paper_id: 'birth_notification', reuse }] };
  const again = await citizen.post('/api/v1/dossiers', birth);
  assert.equal(again.status, 201, String(again.bytes));
  const [paper] = (await citizen.get(`/api/v1/dossiers/${again.body.dossier_code}`)).body.papers;
  assert.deepEqual([paper.digitisation, paper.source_dossier_code], [2, code]);
  assert.ok((await citizen.get('/api/v1/papers')).body.reused >= 1);
  // Somebody else asks for it, online and at the counter.
  const stolen = await other.post('/api/v1/dossiers', { ...(await newBirth(other)), papers: [{ paper_id: 'birth_notification', reuse }] });
  assert.equal(stolen.status, 422);
  assert.ok(stolen.body.errors.some((error) => error.reason === 'paper_source_unknown'));
  const absent = await other.post('/api/v1/dossiers', { ...(await newBirth(other)), papers: [{ paper_id: 'birth_notification', reuse: [{ dossier_code: code, file_id: '1' }] }] });
  assert.deepEqual(absent.body.errors, stolen.body.errors);
  const atDesk = await desk.post('/api/v1/dossiers', await walkIn(desk, { papers: [{ ...kOther, reuse }] }));
  assert.ok(atDesk.body.errors.some((error) => error.reason === 'paper_source_unknown'));
  assert.equal((await other.get('/api/v1/papers?person_id=1')).status, 403);
});

test('counter: a relative files with consent, the slip names him, and the consent ends', async () => {
  const [desk, proxy, stranger] = [await as('mot-cua'), await as('nguoi-dan-2'), await as('cong-dan')];
  const person = (await proxy.get('/api/v1/me')).body?.person ?? proxy.me.person;
  const consent = { full_name: person.full_name, personal_no: person.personal_no, relation: 'relative', relation_note: 'Con gái', consent: 'paper', consent_on: daysFromToday(-1) };
  const future = await desk.post('/api/v1/dossiers', await walkIn(desk, { proxy: { ...consent, consent_on: daysFromToday(1) } }));
  assert.deepEqual(future.body.errors.map((error) => [error.pointer, error.reason]), [['/proxy/consent_on', 'date_in_future']]);
  const filed = await desk.post('/api/v1/dossiers', await walkIn(desk, { proxy: consent }));
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  assert.equal((await desk.get(`/api/v1/dossiers/${filed.body.dossier_code}`)).body.proxy.full_name, person.full_name);
  const slip = textOf((await desk.get(`/api/v1/dossiers/${code}/slips/01.pdf`)).bytes);
  assert.match(slip, /Nộp hồ sơ thay/);
  assert.match(slip, /Con gái/);
  assert.equal((await proxy.get(`/api/v1/dossiers/${code}`)).status, 200);
  assert.equal((await stranger.get(`/api/v1/dossiers/${code}`)).status, 404);
  assert.equal((await proxy.post(`/api/v1/dossiers/${code}/proxy/withdrawal`, { version: filed.body.version })).status, 403);
  const ended = await desk.post(`/api/v1/dossiers/${code}/proxy/withdrawal`, { version: filed.body.version });
  assert.ok(ended.body.proxy.withdrawn_at);
  assert.equal((await proxy.get(`/api/v1/dossiers/${code}`)).status, 404, 'from then on the proxy sees nothing');
  assert.equal((await desk.post(`/api/v1/dossiers/${code}/proxy/withdrawal`, { version: ended.body.version })).body.reason, 'dossier_without_proxy');
});
