// The whole main job by an outside client, from the contract alone.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { anyone, as } from '../lib/world.mjs';
import { daysFromToday, kWalkIn, kWard, fillForm, newBirth, smallPdf, textOf } from '../lib/samples.mjs';

const kPdfStart = '%PDF-';

test('main job: from search to rating', async () => {
  const stranger = await anyone();
  const found = await stranger.get('/api/v1/procedures?q=lam%20giay%20khai%20sinh');
  const procedure = found.body.items.slice(0, 5).find((one) => one.procedure_code === '1.001193');
  assert.ok(procedure, 'birth registration is among the first five');
  assert.equal((await stranger.get('/api/v1/procedures/1.001193')).body.configured, true);
  assert.equal((await stranger.get(`/api/v1/units/${kWard}`)).body.kind, 'commune');

  const citizen = await as('cong-dan');
  const form = await citizen.get('/api/v1/procedures/1.001193/form');
  assert.equal(form.body.prefill.requester.value.full_name, citizen.me.person.full_name);
  assert.ok(form.body.prefill.requester.source, 'a prefilled value names its source');

  const birth = await newBirth(citizen);
  const filed = await citizen.post('/api/v1/dossiers', birth, { 'idempotency-key': 'main-job-first' });
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  assert.match(code, /^H12\.126-\d{6}-\d{4}$/);
  assert.equal(filed.body.state.national_state, 1);
  assert.equal(filed.body.answers.child_name, 'Nguyễn Gia Bảo');
  assert.equal((await citizen.dossier(code)).dossier_code, code);
  assert.ok((await citizen.get('/api/v1/dossiers')).body.items.some((one) => one.dossier_code === code));

  const desk = await as('mot-cua');
  const specialist = await as('chuyen-vien');
  const leader = await as('lanh-dao');
  const inbox = await desk.all('/api/v1/inbox', 50);
  assert.ok(inbox.some((one) => one.subject_code === code), 'the desk has it in its inbox');
  const accepted = await desk.act(code, 'accept');
  assert.equal(accepted.state.national_state, 2);
  assert.ok(accepted.received_at && accepted.due_at && accepted.due_steps.length, 'received with a due date and its arithmetic');
  const slip = await citizen.get(`/api/v1/dossiers/${code}/slips/01.pdf`);
  assert.equal(slip.status, 200);
  assert.equal(slip.bytes.subarray(0, 5).toString(), kPdfStart);

  await specialist.act(code, 'take');
  const paper = (await specialist.dossier(code)).papers[0].files[0];
  const read = await specialist.get(`/api/v1/dossiers/${code}/files/${paper.file_id}`);
  assert.deepEqual(read.bytes, smallPdf());
  await specialist.act(code, 'propose', { result_text: 'Đủ điều kiện đăng ký khai sinh.' });
  const approved = await leader.act(code, 'approve');
  assert.equal(approved.state.national_state, 9);

  const result = await citizen.get(`/api/v1/dossiers/${code}/result.pdf`);
  assert.equal(result.status, 200, String(result.bytes));
  assert.equal(result.bytes.subarray(0, 5).toString(), kPdfStart);
  assert.ok(result.bytes.length > 5000);
  const returned = await desk.act(code, 'return_result', { receiver_name: citizen.me.person.full_name });
  assert.equal(returned.state.national_state, 10);
  assert.equal(returned.state.final, true);

  const verified = await stranger.get(`/api/v1/verify/${returned.result.verify_code}`);
  assert.equal(verified.status, 200);
  assert.equal(verified.body.valid, true);
  assert.equal(verified.body.dossier_code, code);
  const { createHash } = await import('node:crypto');
  assert.equal(verified.body.sha256, createHash('sha256').update(result.bytes).digest('hex'));
  const track = await stranger.get(`/api/v1/track/${code}`);
  for (const answer of [verified, track])
    for (const secret of [citizen.me.person.full_name, citizen.me.person.personal_no, 'Nguyễn Gia Bảo'])
      assert.ok(!answer.bytes.toString().includes(secret), 'a public answer holds personal data');

  const rated = await citizen.post(`/api/v1/dossiers/${code}/rating`, { score: 5, comment: 'Nhanh gọn' });
  assert.equal(rated.status, 200);
  assert.equal(rated.body.rating.score, 5);
  const again = await citizen.post(`/api/v1/dossiers/${code}/rating`, { score: 1 });
  assert.ok(again.status >= 400, 'a rating is stored once');
  const after = await citizen.dossier(code);
  assert.equal(after.rating.score, 5);
  const done = after.events.map((one) => one.action);
  for (const action of ['accept', 'take', 'propose', 'approve', 'return_result']) assert.ok(done.includes(action), `the timeline tells of ${action}`);
  const notices = await citizen.get('/api/v1/notices');
  assert.ok(notices.body.unread > 0);
  assert.equal((await citizen.post('/api/v1/notices/read')).status, 204);
  assert.equal((await citizen.get('/api/v1/notices')).body.unread, 0);
});

test('main job: reception at the counter for the person standing there', async () => {
  const desk = await as('mot-cua');
  const { answers, papers } = await fillForm(desk, '2.000815', kWalkIn);
  const body = { procedure_code: '2.000815', unit_code: kWard, channel: 'counter', answers, papers, declaration: true };
  const without = await desk.post('/api/v1/dossiers', body);
  assert.equal(without.status, 422, 'the counter needs an applicant');
  const filed = await desk.post('/api/v1/dossiers', { ...body, applicant: kWalkIn });
  assert.equal(filed.status, 201, String(filed.bytes));
  assert.equal(filed.body.channel, 'counter');
  assert.equal(filed.body.applicant.full_name, kWalkIn.full_name);
  assert.ok(filed.body.received_at, 'received at once');
  const slip = await desk.get(`/api/v1/dossiers/${filed.body.dossier_code}/slips/01.pdf`);
  assert.equal(slip.bytes.subarray(0, 5).toString(), kPdfStart);
  const known = await desk.get(`/api/v1/persons?personal_no=${kWalkIn.personal_no}`);
  assert.equal(known.body.items[0]?.full_name, kWalkIn.full_name);
});

test('main job: commune, department, commune', async () => {
  const citizen = await as('cong-dan');
  const [desk, leader, department] = [await as('mot-cua'), await as('lanh-dao'), await as('chuyen-vien-so')];
  const specialist = await as('chuyen-vien');
  await specialist.actAt('H12.126.03');
  const { answers, papers } = await fillForm(citizen, '1.013978', citizen.me.person);
  const filed = await citizen.post('/api/v1/dossiers', { procedure_code: '1.013978', unit_code: kWard, answers, papers, declaration: true });
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  assert.equal((await department.get(`/api/v1/dossiers/${code}`)).status, 404, 'the department does not see it before it is referred');
  await desk.act(code, 'accept');
  await specialist.act(code, 'take');
  await specialist.act(code, 'refer', { note: 'Kính chuyển thẩm định' });
  await department.act(code, 'take');
  const answered = await department.act(code, 'answer_referral', { note: 'Thống nhất' });
  assert.equal(answered.state.state, 'concluding');
  await specialist.act(code, 'take');
  await specialist.act(code, 'propose', { result_text: 'Đủ điều kiện' });
  assert.equal((await leader.act(code, 'approve')).state.national_state, 9);
  await specialist.actAt('H12.126.02');
});

test('main job: more papers stop the clock, and it goes on when they come', async () => {
  const citizen = await as('cong-dan');
  const [desk, specialist] = [await as('mot-cua'), await as('chuyen-vien')];
  const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  const code = filed.body.dossier_code;
  await desk.act(code, 'accept');
  await specialist.act(code, 'take');
  const asked = await specialist.act(code, 'request_supplement', { reason: 'Giấy chứng sinh bị mờ', items: ['Ảnh rõ của Giấy chứng sinh'] });
  assert.equal(asked.state.clock, 'paused');
  assert.equal(asked.state.national_state, 5);
  const seen = await citizen.dossier(code);
  assert.deepEqual(seen.supplement.items, ['Ảnh rõ của Giấy chứng sinh']);
  assert.equal((await citizen.get(`/api/v1/dossiers/${code}/slips/02.pdf`)).status, 200);
  const empty = await citizen.post(`/api/v1/dossiers/${code}/actions`, { action: 'supplement', version: seen.version });
  assert.ok(empty.status === 422 || empty.status === 400, 'papers were asked for');
  const file = await citizen.upload(smallPdf('again'), 'giay-chung-sinh-ro.pdf');
  const sent = await citizen.act(code, 'supplement', { papers: [{ paper_id: 'birth_notification', file_ids: [file] }] });
  assert.equal(sent.state.clock, 'running');
  assert.equal(sent.state.state, 'in_process', 'it comes back to where it was');
  assert.ok(sent.papers.some((one) => one.round === 1), 'the papers of the first supplement are marked');
});

test('main job: a stopped dossier has its notice, its control sheet for officers, and a line in the register', async () => {
  const citizen = await as('cong-dan');
  const [desk, leader] = [await as('mot-cua'), await as('lanh-dao')];
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  await desk.act(code, 'accept');
  await (await as('chuyen-vien')).act(code, 'take');
  const stopped = await leader.act(code, 'stop', { reason: 'Hồ sơ trùng lặp' });
  assert.deepEqual(stopped.slips.map((one) => one.slip_no), ['01', '05', '06']);
  assert.deepEqual((await citizen.dossier(code)).slips.map((one) => one.slip_no), ['01', '05']);
  const slip = (who, file) => who.get(`/api/v1/dossiers/${code}/slips/${file}`);
  assert.match(textOf((await slip(citizen, '05.pdf')).bytes), /Hồ sơ trùng lặp/);
  assert.match(textOf((await slip(desk, '06.pdf')).bytes), /KIỂM SOÁT/);
  assert.equal((await slip(citizen, '06.pdf')).status, 404);
  for (const wrong of ['04.pdf', '08.pdf', '1.pdf', '01.txt']) assert.equal((await slip(citizen, wrong)).body.reason, 'slip_not_available', wrong);
  const receipt = stopped.slips[0];
  assert.equal((await slip(citizen, `01.pdf?event_id=${receipt.event_id}`)).status, 200);
  assert.equal((await slip(citizen, '01.pdf?event_id=12345')).status, 404);
  const [first, again] = [await slip(citizen, '01.pdf'), await slip(desk, '01.pdf')];
  assert.deepEqual(first.bytes, again.bytes);
  assert.match(textOf(first.bytes), /Số: \d+\/TTPVHCC/);
  const today = daysFromToday(0);
  const register = await desk.get(`/api/v1/registers/dossiers.pdf?from=${today}&to=${today}`);
  assert.ok(textOf(register.bytes).replaceAll(/\s/g, '').includes(code));
  assert.equal((await citizen.get(`/api/v1/registers/dossiers.pdf?from=${today}&to=${today}`)).status, 403);
});

test('main job: refusal with its reason and slip', async () => {
  const citizen = await as('cong-dan');
  const desk = await as('mot-cua');
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  const { version } = await desk.dossier(code);
  const bare = await desk.post(`/api/v1/dossiers/${code}/actions`, { action: 'refuse', version });
  assert.equal(bare.status, 422, 'a refusal has a reason');
  const refused = await desk.act(code, 'refuse', { reason: 'Không thuộc thẩm quyền' });
  assert.equal(refused.state.national_state, 3);
  assert.equal(refused.state.final, true);
  assert.equal((await citizen.get(`/api/v1/dossiers/${code}/slips/03.pdf`)).bytes.subarray(0, 5).toString(), kPdfStart);
  assert.ok((await citizen.dossier(code)).events.some((one) => one.reason === 'Không thuộc thẩm quyền'));
});

test('main job: the applicant withdraws', async () => {
  const citizen = await as('cong-dan');
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  const withdrawn = await citizen.act(code, 'withdraw', { reason: 'Nộp nhầm nơi' });
  assert.equal(withdrawn.state.national_state, 7);
  const { version } = await citizen.dossier(code);
  const late = await (await as('mot-cua')).post(`/api/v1/dossiers/${code}/actions`, { action: 'accept', version });
  assert.ok([404, 409].includes(late.status), 'nothing more is done with it');
});
