// Work that changes hands, by outside clients: given, taken over, two who take the same step, and who must not see it.
import assert from 'node:assert/strict';
import { Client } from '../lib/client.mjs';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { newBirth } from '../lib/samples.mjs';

const kDivision = 'H12.126.02';

async function taken() {
  const citizen = await as('cong-dan');
  const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  await (await as('mot-cua')).act(code, 'accept');
  const handler = new Client((await world()).base);
  await handler.signIn('chuyen-vien');
  await handler.actAt(kDivision);
  return { code, handler };
}

test('handing over: a leader gives the step to a colleague, with a reason that stays', async () => {
  const { code, handler } = await taken();
  const leader = await as('lanh-dao');
  const before = await leader.dossier(code);
  const [free] = (await leader.get(`/api/v1/dossiers/${code}/colleagues`)).body.items;
  const assigned = await leader.post(`/api/v1/dossiers/${code}/assignee`, { version: before.version, account_id: free.account_id, reason: 'Phân công theo lĩnh vực' });
  assert.equal(assigned.status, 200, String(assigned.bytes));
  assert.equal(assigned.body.holder.account_name, free.full_name);
  assert.equal(assigned.body.handovers.at(-1).to_name, free.full_name);
  const picture = (await leader.get(`/api/v1/dossiers/${code}/workflow`)).body;
  assert.deepEqual(picture.states.filter((one) => one.current).map((one) => one.state), ['received']);
  await handler.act(code, 'take');
  const seen = await leader.dossier(code);
  assert.deepEqual(seen.assigning, { anyone: true, self: false });
  const colleagues = (await leader.get(`/api/v1/dossiers/${code}/colleagues`)).body.items;
  assert.equal(colleagues.filter((one) => one.assigned).length, 1);
  const given = (account_id, reason = 'Nghỉ ốm') => leader.post(`/api/v1/dossiers/${code}/assignee`, { version: seen.version, account_id, reason });
  assert.equal((await given(colleagues.find((one) => one.assigned).account_id)).body.errors[0].reason, 'assignee_same');
  assert.equal((await given('1')).body.errors[0].reason, 'assignee_unknown');
  assert.equal((await given('1', '')).status, 422);
  // Who decides sees how each step went; the applicant sees the arithmetic and no hand-overs.
  assert.ok(seen.handovers.some((one) => one.action === 'accept' && ['before', 'on_time', 'late'].includes(one.result)));
  const own = await (await as('cong-dan')).dossier(code);
  assert.match(own.due_line, /tiếp nhận.* → hạn \d\d\/\d\d\/\d{4}$/);
  assert.equal(own.handovers, undefined);
});

test('handing over: of two officers who take the same step one gets it', async () => {
  const { code, handler } = await taken();
  const { version } = await handler.dossier(code);
  const answers = await Promise.all([1, 2].map(() => handler.post(`/api/v1/dossiers/${code}/actions`, { action: 'take', version })));
  assert.deepEqual(answers.map((one) => one.status).sort(), [200, 409]);
  assert.equal(answers.find((one) => one.status === 409).body.reason, 'dossier_version_stale');
  const events = (await handler.dossier(code)).events.filter((one) => one.action === 'take');
  assert.equal(events.length, 1);
});

test('handing over: for an officer of another unit it does not exist', async () => {
  const { code } = await taken();
  const outsider = await as('lanh-dao-2');
  for (const [method, path, body] of [
    ['get', 'colleagues'],
    ['post', 'assignee', { version: 2, account_id: '1', reason: 'x' }]
  ]) {
    const answer = await outsider[method](`/api/v1/dossiers/${code}/${path}`, body);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.body.reason, 'dossier_not_found');
  }
  assert.equal((await (await as('cong-dan')).get(`/api/v1/dossiers/${code}/colleagues`)).status, 403);
});
