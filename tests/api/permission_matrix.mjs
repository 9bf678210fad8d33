// Every route of the contract tried as every role and as outsiders of the unit, held to the reviewed table permission_matrix.txt.
// A route without a row fails; TINHSO_UPDATE=1 writes the missing rows (never changes one): read them before they are committed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { hold, operations } from '../lib/contract.mjs';
import { newBirth, newJointBirth } from '../lib/samples.mjs';
import { kRoot, readText } from '../lib/server.mjs';

const kTable = 'tests/api/permission_matrix.txt';
// Who asks. The dossier, its paper and its unit H12.126 are what the paths name.
const kWho = [
  'nobody', //          not signed in
  'cong-dan', //        the citizen whose dossier it is
  'nguoi-dan-2', //     another citizen
  'mot-cua', //         one-stop officer of the unit
  'chuyen-vien', //     specialist of the unit
  'lanh-dao', //        leader of the unit
  'van-thu', //         clerk of the unit
  'mot-cua-2', //       one-stop officer of another commune
  'lanh-dao-2', //      leader of another commune
  'mot-cua-tinh', //    one-stop officer of a department
  'quan-tri', //        administrator of the province
  'quan-tri-xa' //      administrator of another commune
];

let setting;
/** What the paths name, and a session of its own for each who asks: routes that end sessions disturb nobody else. */
function arranged() {
  setting ??= (async () => {
    const { base } = await world();
    const citizen = await as('cong-dan');
    const birth = await newBirth(citizen);
    const filed = await citizen.post('/api/v1/dossiers', birth);
    assert.equal(filed.status, 201, String(filed.bytes));
    const code = filed.body.dossier_code;
    const joint = await citizen.post('/api/v1/dossiers', await newJointBirth(citizen));
    assert.equal(joint.status, 201, String(joint.bytes));
    for (const [who, action, more] of [
      ['mot-cua', 'accept'],
      ['chuyen-vien', 'take'],
      ['chuyen-vien', 'propose', { result_text: 'Đủ điều kiện' }],
      ['lanh-dao', 'approve'],
      ['mot-cua', 'return_result', { receiver_name: 'Nguyễn Thị Mỹ Hạnh' }]
    ])
      await (await as(who)).act(code, action, more);
    const admin = await as('quan-tri');
    const made = await admin.post('/api/v1/admin/accounts', { username: 'quan-tri-xa', full_name: 'Quản Trị Xã' });
    assert.equal(made.status, 201, String(made.bytes));
    const assigned = await admin.post(`/api/v1/admin/accounts/${made.body.account_id}/assignments`, { unit_code: 'H12.127', role: 'administrator', position: 'Quản trị' });
    assert.equal(assigned.status, 200, String(assigned.bytes));
    const other = await admin.get('/api/v1/admin/accounts?q=chuyen-vien');
    const clients = new Map([['nobody', new Client(base)]]);
    for (const who of kWho.slice(1)) {
      const client = new Client(base);
      clients.set(who, client);
      if (who !== 'quan-tri-xa') await client.signIn(who);
      else {
        await client.signIn(who, made.body.one_time_password);
        const changed = await client.post('/api/v1/me/password', { current_password: made.body.one_time_password, new_password: 'mat-khau-quan-tri-xa' });
        assert.equal(changed.status, 204, String(changed.bytes));
      }
    }
    const values = {
      dossier_code: code,
      joint_code: joint.body.joint.joint_code,
      file_id: birth.papers[0].file_ids[0],
      unit_code: 'H12.126',
      procedure_code: '1.001193',
      slip_no: '01.pdf',
      verify_code: 'KHONGCO0',
      account_id: other.body.items.find((one) => one.username === 'chuyen-vien').account_id,
      on: '2033-03-03'
    };
    const bodies = {
      'POST /api/v1/dossiers/{dossier_code}/actions': { action: 'accept', version: 9999 },
      'POST /api/v1/dossiers/{dossier_code}/rating': { score: 5 },
      'PATCH /api/v1/units/{unit_code}': { name: (await admin.get('/api/v1/units/H12.126')).body.name }
    };
    return { clients, values, bodies };
  })();
  return setting;
}

// A request that gets as far as the permission and the subject, and no further: its body is empty or changes nothing, and ids
// that are not named in `values` are of nothing.
async function ask(client, { method, path, operation }, { values, bodies }) {
  let url = path.replace(/\{([^}]+)\}/g, (_all, name) => values[name] ?? '1');
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query' && one.required).map((one) => `${one.name}=${one.schema?.type === 'integer' ? 2033 : 'x'}`);
  if (query.length) url += `?${query.join('&')}`;
  const kinds = Object.keys(operation.requestBody?.content ?? {});
  const headers = {};
  if (client.cookies.size) headers.cookie = [...client.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
  if (client.cookies.has('tinhso_csrf')) headers['x-tinhso-csrf'] = client.cookies.get('tinhso_csrf');
  if (kinds.length) headers['content-type'] = kinds[0];
  const body = method === 'GET' ? undefined : kinds[0] === 'application/octet-stream' ? new Uint8Array([0]) : kinds.length ? JSON.stringify(bodies[`${method} ${path}`] ?? {}) : undefined;
  const stop = new AbortController();
  const response = await fetch(client.base + url, { method, headers, body, redirect: 'manual', signal: stop.signal });
  const type = response.headers.get('content-type') ?? '';
  // A live stream would go on for ever.
  const bytes = type.startsWith('text/event-stream') ? Buffer.alloc(0) : Buffer.from(await response.arrayBuffer());
  stop.abort();
  hold(method, url, response.status, type, bytes);
  return response.status;
}

function readTable() {
  const rows = new Map();
  for (const line of readText(kTable).split('\n')) {
    if (!line.trim() || line.startsWith('#')) continue;
    const [method, path, ...statuses] = line.trim().split(/\s+/);
    rows.set(`${method} ${path}`, statuses);
  }
  return rows;
}

function writeTable(rows) {
  const head = readText(kTable).split('\n').filter((line) => line.startsWith('#') && !line.startsWith('# route'));
  const width = Math.max(...[...rows.keys()].map((one) => one.length)) + 2;
  const cell = (text, at) => text.padEnd(kWho[at].length + 2);
  const line = (name, cells) => (name.padEnd(width) + cells.map(cell).join('')).trimEnd();
  const sorted = [...rows].sort(([a], [b]) => (a.split(' ')[1] + a < b.split(' ')[1] + b ? -1 : 1));
  writeFileSync(join(kRoot, kTable), `${[...head, line('# route', kWho), ...sorted.map(([name, statuses]) => line(name, statuses))].join('\n')}\n`);
}

test('permission matrix: every route has a row, and no row is of a route that is gone', async () => {
  const rows = readTable();
  const routes = operations.map((one) => `${one.method} ${one.path}`);
  if (!process.env.TINHSO_UPDATE) assert.deepEqual(routes.filter((one) => !rows.has(one)), [], `no row in ${kTable}`);
  assert.deepEqual([...rows.keys()].filter((one) => !routes.includes(one)), []);
  for (const [name, statuses] of rows) assert.equal(statuses.length, kWho.length, name);
});

test('permission matrix: every route answers everyone as the table says', async () => {
  const scene = await arranged();
  const rows = readTable();
  const wrong = [];
  // Signing out comes last: it would make everyone after it a stranger.
  const last = (one) => one.path === '/api/v1/session' && one.method === 'DELETE';
  // It would end the sessions other tests work with; who may is as for its neighbour GET /api/v1/me/sessions.
  const disturbs = (one) => one.path === '/api/v1/me/sessions/end-others';
  for (const one of [...operations.filter((o) => !last(o)), ...operations.filter(last)]) {
    const name = `${one.method} ${one.path}`;
    const got = [];
    for (const who of kWho) {
      if (disturbs(one) && who !== 'nobody') {
        got.push('200');
        continue;
      }
      const status = await ask(scene.clients.get(who), one, scene);
      got.push(String(status));
      if (status >= 500) wrong.push(`${name} as ${who}: ${status}`);
    }
    if (!rows.has(name) && process.env.TINHSO_UPDATE) rows.set(name, got);
    const said = rows.get(name) ?? [];
    kWho.forEach((who, at) => {
      if (said[at] !== got[at]) wrong.push(`${name} as ${who}: ${got[at]}, the table says ${said[at]}`);
    });
  }
  if (process.env.TINHSO_UPDATE) writeTable(rows);
  assert.deepEqual(wrong, []);
}, { timeout: 180_000 });

test('permission matrix: what the table says agrees with the permission the contract names', () => {
  const rows = readTable();
  const wrong = [];
  for (const { method, path, permission } of operations) {
    const statuses = rows.get(`${method} ${path}`) ?? [];
    if ((statuses[0] === '401') !== (permission !== 'public') && !(method === 'POST' && path === '/api/v1/session')) wrong.push(`${method} ${path}: nobody gets ${statuses[0]}, but it is ${permission}`);
    // A permission that is not everybody's is refused to somebody, and to citizens unless it is theirs.
    if (!['public', 'signed_in'].includes(permission) && !statuses.slice(1).includes('403')) wrong.push(`${method} ${path}: ${permission} is refused to nobody`);
  }
  assert.deepEqual(wrong, []);
});
