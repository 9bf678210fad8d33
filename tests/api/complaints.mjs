// A complaint about a dossier, by outside clients: to the leader, answered once, read by the person, nobody else's business.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { newBirth } from '../lib/samples.mjs';

async function filed() {
  const citizen = await as('cong-dan');
  const answer = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(answer.status, 201, String(answer.bytes));
  return { citizen, code: answer.body.dossier_code, path: `/api/v1/dossiers/${answer.body.dossier_code}/complaints` };
}

test('complaints: a person complains, the leader finds it in his inbox and answers, the person reads it', async () => {
  const { citizen, code, path } = await filed();
  const [desk, leader] = [await as('mot-cua'), await as('lanh-dao')];
  await desk.act(code, 'accept');
  for (const body of [{}, { kind: 'late' }, { kind: 'noise', text: 'x' }, { kind: 'late', text: '  ' }, { kind: 'late', text: 'a'.repeat(3001) }, { kind: 'late', text: 'x', more: 1 }])
    assert.equal((await citizen.post(path, body)).status, 422, JSON.stringify(body).slice(0, 60));
  const sent = await citizen.post(path, { kind: 'attitude', text: `Cán bộ nói trống không, hồ sơ ${code}` });
  assert.equal(sent.status, 201, String(sent.bytes));
  const complaint = `/api/v1/complaints/${sent.body.complaint_code}`;
  assert.deepEqual([sent.body.state, sent.body.answer, sent.body.may_answer], ['open', null, false]);
  assert.equal((await citizen.post(path, { kind: 'late', text: 'x' })).body.reason, 'complaint_open');

  const inbox = (await leader.get(`/api/v1/inbox?q=${sent.body.complaint_code}`)).body.items;
  assert.deepEqual(inbox.map((item) => [item.subject_kind, item.subject_code]), [['complaint', sent.body.complaint_code]]);
  assert.equal((await desk.get(`/api/v1/inbox?q=${sent.body.complaint_code}`)).body.items.length, 0, 'not the desk\'s');
  assert.ok((await leader.get('/api/v1/notices?limit=20')).body.items.some((one) => one.kind === 'complaint.filed' && one.subject === sent.body.complaint_code));
  assert.equal((await leader.get(complaint)).body.may_answer, true);
  assert.equal((await desk.get(complaint)).status, 403);
  assert.equal((await (await as('lanh-dao-2')).get(complaint)).body.reason, 'complaint_not_found');
  assert.equal((await (await as('nguoi-dan-2')).get(path)).body.reason, 'dossier_not_found');

  for (const body of [{}, { outcome: 'right', text: 'x' }, { outcome: 'wrong', text: 'x', version: 1 }, { outcome: 'right', text: ' ', version: 1 }])
    assert.equal((await leader.post(`${complaint}/answer`, body)).status, 422, JSON.stringify(body));
  const answer = { outcome: 'partly', text: 'Đã nhắc nhở cán bộ.', version: 1 };
  // Pressed twice: one answer.
  const statuses = (await Promise.all([leader.post(`${complaint}/answer`, answer), leader.post(`${complaint}/answer`, answer)])).map((one) => one.status).sort();
  assert.deepEqual(statuses, [200, 409]);
  assert.equal((await leader.get(`/api/v1/inbox?q=${sent.body.complaint_code}`)).body.items.length, 0);
  const mine = (await citizen.get(path)).body;
  assert.deepEqual([mine.items.length, mine.items[0].answer.text, mine.items[0].answer.outcome, mine.may_file], [1, 'Đã nhắc nhở cán bộ.', 'partly', true]);
  assert.ok((await citizen.get('/api/v1/notices?limit=20')).body.items.some((one) => one.kind === 'complaint.answered' && one.subject === code));
  assert.ok((await leader.get('/api/v1/complaints?state=answered&limit=100')).body.items.some((one) => one.complaint_code === sent.body.complaint_code));
  assert.equal((await leader.get('/api/v1/complaints?state=lost')).status, 422);
  assert.equal((await leader.get('/api/v1/complaints?cursor=x')).status, 400);
});

// Two taps on a slow phone must not become two complaints.
test('complaints: sent twice at once there is one', async () => {
  const { citizen, path } = await filed();
  const sent = await Promise.all([1, 2, 3].map(() => citizen.post(path, { kind: 'late', text: 'Chậm' })));
  assert.deepEqual(sent.map((one) => one.status).sort(), [201, 409, 409]);
  assert.equal((await citizen.get(path)).body.items.length, 1);
});
