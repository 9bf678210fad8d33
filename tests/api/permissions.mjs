// Who may call what: every route of the contract with every role, against one table written by hand.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { anyone, as } from '../lib/world.mjs';
import { operations } from '../lib/contract.mjs';
import { kWard, newBirth } from '../lib/samples.mjs';

const kRoles = { 'cong-dan': 'citizen', 'mot-cua': 'one_stop_officer', 'chuyen-vien': 'specialist', 'lanh-dao': 'leader', 'van-thu': 'clerk', 'quan-tri': 'administrator' };

// The permission words that the contract uses, and the accounts that hold them.
const kHolders = {
  'dossier.read_own': ['cong-dan'],
  'inbox.read': ['mot-cua', 'chuyen-vien', 'lanh-dao', 'van-thu'],
  'person.search': ['mot-cua'],
  'units.admin': ['quan-tri'],
  'calendar.admin': ['quan-tri'],
  'accounts.admin': ['quan-tri'],
  'jobs.admin': ['quan-tri'],
  'notices.admin': ['quan-tri'],
  'packs.admin': ['quan-tri'],
  'reports.read': ['lanh-dao', 'quan-tri']
};

// A request that changes nothing: it names things that do not exist, and its body is empty.
function harmless({ method, path, operation }) {
  let url = path.replace('{procedure_code}', '0.000000').replace('{unit_code}', 'H12.999').replace('{dossier_code}', 'H12.126-000101-0000').replace('{slip_no}', '01.pdf').replace('{verify_code}', 'KHONGCO0').replace(/\{[^}]+\}/g, '0');
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query' && one.required).map((one) => `${one.name}=${one.schema.type === 'integer' ? 2026 : 'x'}`);
  if (query.length) url += `?${query.join('&')}`;
  const kinds = Object.keys(operation.requestBody?.content ?? {});
  const body = kinds.includes('application/octet-stream') ? new Uint8Array([0]) : kinds.length ? {} : undefined;
  return { method, url, body };
}

test('permissions: nobody signed in gets 401 from every route that is not public', async () => {
  const stranger = await anyone();
  const wrong = [];
  for (const one of operations) {
    if (one.path === '/api/v1/session' && one.method === 'POST') continue;
    const { method, url, body } = harmless(one);
    const { status } = await stranger.call(method, url, body);
    if ((status === 401) !== (one.permission !== 'public')) wrong.push(`${method} ${url}: ${status}`);
  }
  assert.deepEqual(wrong, []);
});

test('permissions: every role on every route', async () => {
  const wrong = [];
  for (const [username, role] of Object.entries(kRoles)) {
    const client = await as(username);
    assert.deepEqual(client.me.roles, [role]);
    for (const one of operations) {
      // These end or start sessions and are tested by themselves.
      if (one.path === '/api/v1/session') continue;
      const { method, url, body } = harmless(one);
      const { status, body: said } = await client.call(method, url, body);
      const line = `${username} ${method} ${url}: ${status} ${said?.reason ?? ''}`;
      if (status === 401 || status >= 500) wrong.push(line);
      if (['public', 'signed_in'].includes(one.permission)) continue;
      if (!kHolders[one.permission]) wrong.push(`${one.permission} is not in the table`);
      else if ((status === 403) === kHolders[one.permission].includes(username)) wrong.push(line);
    }
  }
  assert.deepEqual(wrong, []);
});

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
