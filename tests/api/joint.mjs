// Joint procedures: one file, dossiers at three units, the result of one a paper of the next.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { newJointBirth } from '../lib/samples.mjs';
import { until } from '../lib/server.mjs';

async function file(more) {
  const citizen = await as('cong-dan');
  const filed = await citizen.post('/api/v1/dossiers', await newJointBirth(citizen, more));
  assert.equal(filed.status, 201, String(filed.bytes));
  const joint = (await citizen.get(`/api/v1/joint-files/${filed.body.joint.joint_code}`)).body;
  return { citizen, filed: filed.body, joint, codes: joint.parts.map((part) => part.dossier_code) };
}
async function specialist() {
  const client = new Client((await world()).base);
  await client.signIn('chuyen-vien');
  await client.actAt('H12.126.02');
  return client;
}

test('joint: one file opens three dossiers; the certificate starts the other two', async () => {
  const { citizen, filed, joint, codes } = await file();
  assert.equal(joint.joint_code, `LT-${codes[0]}`);
  assert.deepEqual(joint.parts.map((part) => [part.part, part.waiting, part.waits_for]), [['birth', false, null], ['residence', true, codes[0]], ['health_card', true, codes[0]]]);
  assert.equal(filed.procedure_code, '1.001193');
  // Copies of the certificate are paid to the commune that registers the birth; a child's residence is free.
  const [bill] = (await citizen.get(`/api/v1/dossiers/${codes[0]}/invoices`)).body.items;
  assert.equal(bill.amount_vnd, 16000);
  assert.equal(bill.account.account_no, '960121260001');
  assert.deepEqual((await citizen.get(`/api/v1/dossiers/${codes[1]}/invoices`)).body.items, []);

  // Who waits has no work of it; another unit's officer sees the whole, and opens his own dossier only.
  const police = await as('cong-an-2');
  assert.deepEqual((await police.get(`/api/v1/dossiers/${codes[1]}`)).body.actions, []);
  assert.deepEqual((await police.get(`/api/v1/inbox?q=${codes[1]}`)).body.items, []);
  const seen = (await police.get(`/api/v1/joint-files/${joint.joint_code}`)).body;
  assert.deepEqual(seen.parts.map((part) => part.may_open), [false, true, false]);
  assert.equal((await police.get(`/api/v1/dossiers/${codes[0]}`)).status, 404);
  const outside = await (await as('nguoi-dan-2')).get(`/api/v1/joint-files/${joint.joint_code}`);
  assert.deepEqual([outside.status, outside.body.reason], [404, 'joint_not_found']);
  assert.equal((await citizen.get(`/api/v1/track/${joint.joint_code}`)).body.dossier_code, codes[0]);

  await (await as('mot-cua')).act(codes[0], 'accept');
  const handler = await specialist();
  await handler.act(codes[0], 'take');
  await handler.act(codes[0], 'propose', { result_text: 'Đủ điều kiện' });
  await (await as('lanh-dao')).act(codes[0], 'approve');
  const ready = await until('the residence dossier starts', async () => {
    const now = (await police.get(`/api/v1/dossiers/${codes[1]}`)).body;
    return now.joint.waiting ? undefined : now;
  });
  assert.equal(ready.state.national_state, 2);
  assert.ok(ready.due_on, 'its own clock runs');
  assert.deepEqual(ready.papers.map((paper) => [paper.paper_id, paper.digitisation, paper.source_dossier_code, paper.files.length]), [['family_relation', 3, codes[0], 1]]);
  const started = ready.events.at(-1);
  assert.equal(started.action, 'joint_ready');
  assert.ok(started.reason.includes(codes[0]), started.reason);
  const bills = (await citizen.get(`/api/v1/dossiers/${codes[1]}/invoices`)).body.items;
  assert.deepEqual(bills.map((one) => [one.state, one.amount_vnd]), [['exempt', 0]]);

  await police.act(codes[1], 'take');
  await police.act(codes[1], 'propose', { result_text: 'Đồng ý đăng ký thường trú' });
  await (await as('truong-cong-an-2')).act(codes[1], 'approve');
  const end = (await citizen.get(`/api/v1/joint-files/${joint.joint_code}`)).body;
  assert.ok(end.parts[1].result_number && !end.parts[2].waiting);
});

test('joint: without the first the others stop; the whole is withdrawn by its person only', async () => {
  const refused = await file();
  await (await as('mot-cua')).act(refused.codes[0], 'refuse', { reason: 'Trẻ đã có Giấy khai sinh' });
  const stopped = await until('the card stops', async () => {
    const now = (await refused.citizen.get(`/api/v1/dossiers/${refused.codes[2]}`)).body;
    return now.state.final ? now : undefined;
  });
  assert.equal(stopped.state.national_state, 8);
  assert.ok(stopped.events.at(-1).reason.includes('Trẻ đã có Giấy khai sinh'));

  const { citizen, joint } = await file();
  const path = `/api/v1/joint-files/${joint.joint_code}/withdrawal`;
  assert.equal((await citizen.post(path, {})).status, 422);
  assert.equal((await (await as('mot-cua')).post(path, { reason: 'Thôi' })).status, 403);
  assert.equal((await (await as('nguoi-dan-2')).post(path, { reason: 'Thôi' })).status, 404);
  const withdrawn = await citizen.post(path, { reason: 'Nộp nhầm nơi' });
  assert.equal(withdrawn.status, 200, String(withdrawn.bytes));
  assert.deepEqual(withdrawn.body.parts.map((part) => part.state.national_state), [7, 7, 7]);
  assert.equal((await citizen.post(path, { reason: 'Lần nữa' })).body.reason, 'joint_finished');
});

test('joint: what a part cannot take points into the shared form, and nothing is filed', async () => {
  const citizen = await as('cong-dan');
  const before = (await citizen.get('/api/v1/dossiers')).body.items[0]?.dossier_code;
  const wrong = await citizen.post('/api/v1/dossiers', await newJointBirth(citizen, { residence_address: { area_code: '99999', detail: 'x' } }));
  assert.equal(wrong.status, 422);
  assert.ok(wrong.body.errors.some((one) => one.pointer.startsWith('/answers/residence_address')), JSON.stringify(wrong.body.errors));
  assert.equal((await citizen.get('/api/v1/dossiers')).body.items[0]?.dossier_code, before);
});
