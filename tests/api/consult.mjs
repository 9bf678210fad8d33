// Opinions asked of other units, by outside clients: who is asked sees the question and the papers chosen only; the step waits.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { newBirth, smallPdf } from '../lib/samples.mjs';

async function taken() {
  const citizen = await as('cong-dan');
  const answer = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(answer.status, 201, String(answer.bytes));
  const code = answer.body.dossier_code;
  await (await as('mot-cua')).act(code, 'accept');
  await (await as('chuyen-vien')).act(code, 'take');
  return code;
}
const of = (code, rest = '') => `/api/v1/dossiers/${code}/consultations${rest}`;
const version = async (client, code) => (await client.get(`/api/v1/dossiers/${code}`)).body.version;

test('consultation: several units are asked at once, answer with a file, and the step goes on when what is required is there', async () => {
  const code = await taken();
  const asker = await as('chuyen-vien');
  const police = await as('cong-an-2');
  const before = (await asker.get(`/api/v1/dossiers/${code}`)).body;
  const shown = before.papers[0].files[0].file_id;
  const body = { version: before.version, question: `Đề nghị xác nhận cư trú ${code}`, units: [{ unit_code: 'H12.128.05', days: 2 }, { unit_code: 'H12.15.02' }], file_ids: [shown] };
  const asked = await asker.post(of(code), body);
  assert.equal(asked.status, 201, String(asked.bytes));
  assert.deepEqual(asked.body.items.map((one) => [one.status, one.required, one.papers.length]), [['open', true, 1], ['open', true, 1]]);
  assert.equal((await asker.post(of(code), body)).body.reason, 'dossier_version_stale');
  const [first, second] = asked.body.items.map((one) => one.consultation_id);
  const after = (await asker.get(`/api/v1/dossiers/${code}`)).body;
  assert.deepEqual([after.due_at, after.state.clock], [before.due_at, 'running']);
  // In the asked unit's inbox, with its own deadline; the dossier itself does not exist for it.
  const item = (await police.get('/api/v1/inbox?limit=100')).body.items.find((one) => one.subject_kind === 'consultation' && one.subject_id === first);
  assert.equal(item.subject_code, code);
  assert.ok(item.due_at);
  assert.equal((await police.get(`/api/v1/dossiers/${code}`)).body.reason, 'dossier_not_found');
  assert.equal((await police.get(of(code))).body.reason, 'dossier_not_found');
  assert.equal((await police.get(of(code, `/${second}`))).body.reason, 'dossier_not_found');
  const question = (await police.get(of(code, `/${first}`))).body;
  assert.deepEqual([question.question, question.may_answer, question.papers[0].file_id], [body.question, true, shown]);
  assert.equal((await police.get(of(code, `/${first}/files/${shown}`))).status, 200);
  assert.equal((await police.get(`/api/v1/dossiers/${code}/files/${shown}`)).status, 404);
  for (const who of ['mot-cua-2', 'chuyen-vien-2', 'quan-tri']) assert.ok([403, 404].includes((await (await as(who)).get(of(code, `/${first}`))).status), who);
  assert.equal((await (await as('cong-dan')).get(of(code))).status, 403);
  // The step waits.
  const proposal = async () => asker.post(`/api/v1/dossiers/${code}/actions`, { action: 'propose', version: await version(asker, code), result_text: 'Đủ điều kiện' });
  assert.equal((await proposal()).body.reason, 'consultation_open');
  assert.equal((await police.post(of(code, `/${first}/answer`), { verdict: 'disagree' })).status, 422);
  assert.equal((await police.post(of(code, `/${first}/answer`), { verdict: 'agree', file_ids: [shown] })).body.errors[0].reason, 'file_unknown');
  const file_id = await police.upload(smallPdf(), 'xac-nhan.pdf');
  const answered = await police.post(of(code, `/${first}/answer`), { verdict: 'agree_with_remarks', text: 'Cư trú từ 2019', file_ids: [file_id] });
  assert.equal(answered.status, 200, String(answered.bytes));
  assert.deepEqual([answered.body.status, answered.body.late, answered.body.answer_files.length], ['answered', false, 1]);
  assert.equal((await police.post(of(code, `/${first}/answer`), { verdict: 'agree' })).body.reason, 'consultation_closed');
  assert.equal((await asker.get(of(code, `/${first}/files/${file_id}`))).status, 200);
  assert.equal((await proposal()).body.reason, 'consultation_open');
  assert.equal((await asker.post(of(code, `/${second}/reminder`))).status, 200);
  assert.equal((await asker.post(of(code, `/${second}/reminder`))).body.reason, 'consultation_reminded_today');
  assert.equal((await police.post(of(code, `/${second}/withdrawal`), { reason: 'x' })).status, 404);
  assert.equal((await asker.post(of(code, `/${second}/withdrawal`), { reason: 'Không cần nữa' })).status, 200);
  assert.equal((await proposal()).status, 200);
  const list = (await police.get('/api/v1/consultations?limit=100')).body;
  assert.ok(list.items.some((one) => one.consultation_id === first && one.status === 'answered'));
  assert.ok(list.counts.ended >= 1);
  // What the person reads names the unit and nothing that was said.
  const page = JSON.stringify((await (await as('cong-dan')).get(`/api/v1/dossiers/${code}`)).body);
  assert.ok(page.includes('Đã lấy ý kiến'));
  for (const secret of [body.question, 'Cư trú từ 2019', 'Không cần nữa']) assert.ok(!page.includes(secret), secret);
});

test('consultation: wrong questions are refused and change nothing', async () => {
  const code = await taken();
  const asker = await as('chuyen-vien');
  const good = { version: await version(asker, code), question: 'Xin ý kiến', units: [{ unit_code: 'H12.128.05' }] };
  for (const wrong of [{ units: [] }, { units: [{ unit_code: 'H12.126.02' }] }, { units: [{ unit_code: 'H00' }] }, { units: [{ unit_code: 'H12.128.05', days: 0 }] },
    { units: [{ unit_code: 'H12.128.05', days: 11 }] }, { units: [{ unit_code: 'H12.128.05' }, { unit_code: 'H12.128.05' }] }, { units: 'H12' },
    { units: Array(11).fill({ unit_code: 'H12.128.05' }) }, { question: '  ' }, { question: 'a'.repeat(2001) }, { file_ids: ['1'] }, { file_ids: [1] }, { more: 1 }])
    assert.equal((await asker.post(of(code), { ...good, ...wrong })).status, 422, JSON.stringify(wrong).slice(0, 60));
  assert.equal((await (await as('mot-cua')).post(of(code), good)).body.reason, 'dossier_action_not_allowed');
  assert.equal((await (await as('chuyen-vien-2')).post(of(code), good)).body.reason, 'dossier_not_found');
  assert.deepEqual((await asker.get(of(code))).body.items, []);
  assert.equal((await asker.get(of(code, '/1'))).body.reason, 'consultation_not_found');
  assert.equal((await asker.get(of(code, '/x'))).body.reason, 'consultation_not_found');
  assert.equal((await asker.get('/api/v1/consultations?cursor=x')).status, 400);
});
