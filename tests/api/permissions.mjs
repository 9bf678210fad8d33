// Who may do what with whose dossier. Which route answers whom stands in permission_matrix.txt.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { kWard, newBirth } from '../lib/samples.mjs';

test('permissions: a dossier is seen by its applicant and the officers of its authority only', async () => {
  const citizen = await as('cong-dan');
  const birth = await newBirth(citizen);
  const code = (await citizen.post('/api/v1/dossiers', birth)).body.dossier_code;
  const paths = [`/api/v1/dossiers/${code}`, `/api/v1/dossiers/${code}/slips/01.pdf`, `/api/v1/dossiers/${code}/files/${birth.papers[0].file_ids[0]}`];
  for (const username of ['nguoi-dan-2', 'mot-cua-2', 'chuyen-vien-2', 'lanh-dao-2', 'mot-cua-tinh', 'quan-tri']) {
    const client = await as(username);
    for (const path of paths) assert.ok([403, 404].includes((await client.get(path)).status), `${username} ${path}`);
    const answer = await client.post(`/api/v1/dossiers/${code}/actions`, { action: 'withdraw', version: 1, reason: 'x' });
    assert.ok([403, 404].includes(answer.status), `${username} acts: ${answer.status}`);
  }
  for (const username of ['mot-cua', 'lanh-dao']) assert.equal((await (await as(username)).get(paths[0])).status, 200, username);
  assert.equal((await (await as('nguoi-dan-2')).get(`/api/v1/files/${birth.papers[0].file_ids[0]}`)).status, 404, 'an upload belongs to who sent it');
  const stolen = await (await as('nguoi-dan-2')).post('/api/v1/dossiers', birth);
  assert.ok(stolen.status >= 400 && stolen.status < 500, "another person's upload is no paper of mine");
});

test('permissions: each step of the workflow is for its role', async () => {
  const citizen = await as('cong-dan');
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  const steps = [
    ['accept', 'mot-cua', {}],
    ['take', 'chuyen-vien', {}],
    ['propose', 'chuyen-vien', { result_text: 'Đủ điều kiện' }],
    ['approve', 'lanh-dao', {}],
    ['return_result', 'mot-cua', { receiver_name: 'Nguyễn Thị Mỹ Hạnh' }]
  ];
  for (const [action, holder, more] of steps) {
    const { version, state } = await citizen.dossier(code);
    for (const username of ['cong-dan', 'mot-cua', 'chuyen-vien', 'lanh-dao', 'van-thu'].filter((one) => one !== holder)) {
      const answer = await (await as(username)).post(`/api/v1/dossiers/${code}/actions`, { action, version, ...more });
      assert.ok([403, 404, 409, 422].includes(answer.status), `${username} may ${action}: ${answer.status}`);
    }
    assert.deepEqual([(await citizen.dossier(code)).version, (await citizen.dossier(code)).state.state], [version, state.state], `nothing changed before ${action}`);
    await (await as(holder)).act(code, action, more);
  }
});

test('permissions: counter reception and online filing are for their own people', async () => {
  const citizen = await as('cong-dan');
  const birth = await newBirth(citizen);
  const counter = await citizen.post('/api/v1/dossiers', { ...birth, channel: 'counter', applicant: { full_name: 'Ai Đó' } });
  assert.ok([403, 422].includes(counter.status), `a citizen at the counter: ${counter.status}`);
  for (const username of ['chuyen-vien', 'lanh-dao', 'van-thu', 'quan-tri']) {
    const answer = await (await as(username)).post('/api/v1/dossiers', { ...birth, unit_code: kWard });
    assert.ok([403, 422].includes(answer.status), `${username} files: ${answer.status}`);
  }
});
