// Every route of the contract answers as it says; lists are paged to their end without a repeat.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { anyone, as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { answered, operations } from '../lib/contract.mjs';
import { fillForm, kPng, kWard, smallPdf } from '../lib/samples.mjs';

function noRepeats(items, key) {
  const keys = items.map((one) => one[key]);
  assert.equal(new Set(keys).size, keys.length, `${key} repeats`);
}

test('lists: pages of every size hold the same items, none twice', async () => {
  const stranger = await anyone();
  const [citizen, desk, admin] = [await as('cong-dan'), await as('mot-cua'), await as('quan-tri')];
  const lists = [
    [stranger, '/api/v1/units', 'unit_code', [100, 17]],
    [stranger, '/api/v1/units?kind=commune', 'unit_code', [64, 9]],
    [stranger, '/api/v1/procedures', 'procedure_code', [100, 3]],
    [stranger, '/api/v1/procedures?q=dang%20ky', 'procedure_code', [100, 2]],
    [citizen, '/api/v1/dossiers', 'dossier_code', [100, 1]],
    [citizen, '/api/v1/notices', 'notice_id', [100, 2]],
    [desk, '/api/v1/dossiers', 'dossier_code', [100, 3]],
    [desk, '/api/v1/inbox', 'item_id', [100, 1]],
    [desk, '/api/v1/inbox?sort=received', 'item_id', [100, 2]],
    [desk, '/api/v1/inbox?sort=code', 'item_id', [100, 2]],
    [admin, '/api/v1/admin/accounts', 'account_id', [100, 4]],
    [admin, '/api/v1/admin/jobs?state=done', 'job_id', [100, 5]],
    [citizen, '/api/v1/me/data-access', 'event_id', [100, 1]]
  ];
  for (const [client, path, key, [large, small]] of lists) {
    // Jobs end in between; what was there at the first reading must be there at the second, in its order.
    const first = await client.all(path, small);
    const second = await client.all(path, large);
    noRepeats(first, key);
    noRepeats(second, key);
    if (path.includes('jobs')) continue;
    // Lists that named the person are shown once they are sealed, seconds later: new ones may have come before the others.
    const same = path.includes('data-access') ? second.slice(second.length - first.length) : second;
    assert.deepEqual(first.map((one) => one[key]), same.map((one) => one[key]), path);
    assert.ok(first.length > 0, `${path} is empty`);
  }
  assert.equal((await stranger.all('/api/v1/units?kind=commune', 100)).length, 64);
});

test('lists: a broken cursor, a limit out of bounds and a doubled parameter are refused', async () => {
  const stranger = await anyone();
  for (const query of ['cursor=%00', 'cursor=AAAA', 'cursor=%F0%28', 'limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2']) {
    const answer = await stranger.get(`/api/v1/units?${query}`);
    assert.ok([400, 422].includes(answer.status), `${query}: ${answer.status}`);
  }
});

test('inbox: filters and counts agree', async () => {
  const desk = await as('mot-cua');
  const counts = (await desk.get('/api/v1/inbox/counts')).body;
  const everything = await desk.all('/api/v1/inbox', 100);
  assert.equal(everything.length, counts.total);
  for (const deadline of ['late', 'soon', 'ok', 'none']) {
    const some = await desk.all(`/api/v1/inbox?deadline=${deadline}`, 100);
    assert.equal(some.length, counts[deadline], deadline);
    assert.ok(some.every((one) => one.deadline === deadline));
  }
  for (const { state, count } of counts.states) assert.equal((await desk.all(`/api/v1/inbox?state=${state}`, 100)).length, count, state);
  assert.equal((await desk.all('/api/v1/inbox?mine=1', 100)).length, counts.mine);
});

test('search: the officer finds by code, name and personal number; the citizen finds her own', async () => {
  const [citizen, desk] = [await as('cong-dan'), await as('mot-cua')];
  const mine = (await citizen.all('/api/v1/dossiers', 100))[0];
  for (const q of [mine.dossier_code, 'nguyen thi my hanh', citizen.me.person.personal_no])
    assert.ok((await desk.all(`/api/v1/dossiers?q=${encodeURIComponent(q)}`, 100)).some((one) => one.applicant_name === citizen.me.full_name), q);
  assert.deepEqual(await citizen.all('/api/v1/dossiers?q=Tr%E1%BA%A7n%20Qu%E1%BB%91c%20B%E1%BA%A3o', 100), []);
});

test('catalogue: an imported procedure is listed and filed with the general form; importing again changes nothing', async () => {
  const { imports } = await world();
  assert.deepEqual([imports[0].added, imports[1].added, imports[1].changed, imports[1].unchanged], [2, 0, 0, 2]);
  const citizen = await as('nguoi-dan-3');
  const found = await citizen.get('/api/v1/procedures?q=dan%20luoi');
  assert.equal(found.body.items[0].procedure_code, '9.100001');
  assert.equal(found.body.items[0].configured, false);
  const procedure = (await citizen.get('/api/v1/procedures/9.100001')).body;
  assert.deepEqual(procedure.channels.map((one) => [one.time_limit.value, one.time_limit.unit]), [[5, 'working_day'], [5, 'working_day']]);
  assert.equal(procedure.version, 1, 'the second import made no new version');
  const { answers, papers } = await fillForm(citizen, '9.100001', citizen.me.person);
  const filed = await citizen.post('/api/v1/dossiers', { procedure_code: '9.100001', unit_code: kWard, answers, papers, declaration: true });
  assert.equal(filed.status, 201, String(filed.bytes));
  assert.equal((await (await as('mot-cua')).act(filed.body.dossier_code, 'accept')).state.national_state, 2);
});

test('sessions: sign in, act under another assignment, change the password, sign out', async () => {
  const { base } = await world();
  const admin = await as('quan-tri');
  const made = await admin.post('/api/v1/admin/accounts', { username: 'thu-nghiem', full_name: 'Người Thử Nghiệm' }, { 'idempotency-key': 'make-an-account' });
  assert.equal(made.status, 201, String(made.bytes));
  const first = made.body.one_time_password;
  const again = await admin.post('/api/v1/admin/accounts', { username: 'thu-nghiem', full_name: 'Người Khác' });
  assert.equal(again.status, 409, 'a user name is taken once');
  const { account_id: id } = made.body;
  let account = await admin.post(`/api/v1/admin/accounts/${id}/assignments`, { unit_code: 'H12.126.01', role: 'one_stop_officer', position: 'Công chức một cửa' });
  assert.equal(account.status, 200, String(account.bytes));
  account = await admin.post(`/api/v1/admin/accounts/${id}/assignments`, { unit_code: 'H12.126.02', role: 'specialist', position: 'Chuyên viên' });
  const [one, other] = [new Client(base), new Client(base)];
  await one.signIn('thu-nghiem', first);
  await other.signIn('thu-nghiem', first);
  assert.equal(one.me.must_change_password, true);
  const changed = await one.post('/api/v1/me/password', { current_password: first, new_password: 'muoi-hai-con-cua' });
  assert.equal(changed.status, 204, String(changed.bytes));
  assert.equal((await other.get('/api/v1/me')).status, 401, 'other sessions are ended');
  await one.signIn('thu-nghiem', 'muoi-hai-con-cua');
  await one.actAt('H12.126.01');
  assert.deepEqual(one.me.roles, ['one_stop_officer']);
  await one.actAt('H12.126.02');
  assert.deepEqual(one.me.roles, ['specialist']);
  const patched = await one.call('PATCH', '/api/v1/me', { phone: '0900000999' });
  assert.equal(patched.status, 200, String(patched.bytes));
  const ended = await admin.call('DELETE', `/api/v1/admin/accounts/${id}/assignments/${account.body.assignments[0].assignment_id}`);
  assert.equal(ended.status, 200, String(ended.bytes));
  const disabled = await admin.call('PATCH', `/api/v1/admin/accounts/${id}`, { enabled: false });
  assert.equal(disabled.body.enabled, false);
  assert.equal((await one.get('/api/v1/me')).status, 401, 'a disabled account has no session');
  const citizen = new Client(base);
  await citizen.signIn('nguoi-dan-3');
  assert.equal((await citizen.call('DELETE', '/api/v1/session')).status, 204);
  assert.equal((await citizen.get('/api/v1/me')).status, 401);
});

test('administration: units, calendar, packs, jobs, roles', async () => {
  const admin = await as('quan-tri');
  const unit = (await admin.get('/api/v1/units/H12.126.03')).body;
  const renamed = await admin.call('PATCH', '/api/v1/units/H12.126.03', { name: 'Phòng thử nghiệm' });
  assert.equal(renamed.body.name, 'Phòng thử nghiệm');
  await admin.call('PATCH', '/api/v1/units/H12.126.03', { name: unit.name });
  const day = { kind: 'holiday', name: 'Ngày thử', source: 'Thử nghiệm' };
  assert.equal((await admin.call('PUT', '/api/v1/calendar/days/2031-03-03', day)).status, 200);
  assert.deepEqual((await admin.get('/api/v1/calendar/days?year=2031')).body.items, [{ on: '2031-03-03', ...day }]);
  assert.equal((await admin.call('DELETE', '/api/v1/calendar/days/2031-03-03')).status, 204);
  assert.deepEqual((await admin.get('/api/v1/calendar/days?year=2031')).body.items, []);
  assert.ok((await admin.get('/api/v1/calendar/days?year=2026')).body.items.length > 5);
  assert.ok((await admin.get('/api/v1/admin/packs')).body.items.some((one) => one.pack === 'ca-mau'));
  assert.deepEqual((await admin.post('/api/v1/admin/packs/check')).body.items, []);
  assert.equal((await admin.post('/api/v1/admin/packs/publish')).status, 200);
  assert.equal((await admin.get('/api/v1/admin/roles')).body.items.length >= 6, true);
  for (const step of ['retry', 'discard']) assert.equal((await admin.post(`/api/v1/admin/jobs/1/${step}`)).status, 404);
});

test('files: what is uploaded comes back the same', async () => {
  const citizen = await as('nguoi-dan-2');
  for (const [bytes, name] of [[smallPdf('tệp'), 'Giấy tờ số 1.pdf'], [kPng, 'ảnh.png'], [Buffer.from('Chữ tiếng Việt\n'), 'ghi-chu.txt']]) {
    const id = await citizen.upload(bytes, name);
    const back = await citizen.get(`/api/v1/files/${id}`);
    assert.equal(back.status, 200);
    assert.deepEqual(back.bytes, bytes);
    assert.equal(back.headers.get('x-content-type-options'), 'nosniff');
  }
});

test('site: what everybody may read', async () => {
  const stranger = await anyone();
  assert.equal((await stranger.get('/healthz')).status, 200);
  assert.equal((await stranger.get('/readyz')).status, 200);
  assert.match((await stranger.get('/metrics')).bytes.toString(), /^# /m);
  assert.equal((await stranger.get('/api/v1/site')).body.authority_code, 'H12');
  const served = (await stranger.get('/api/openapi.json')).body;
  const names = (paths) => Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)).sort();
  assert.deepEqual(names(served.paths), operations.map((one) => `${one.method} ${one.path}`).sort());
});

test('contract: every route has answered well in these tests', () => {
  // A job must be dead before it can be retried or discarded; the jobs' own tests do that.
  // A full tile needs 256 events, one above number 999 needs 256 000.
  const never = ['POST /api/v1/admin/jobs/{job_id}/retry', 'POST /api/v1/admin/jobs/{job_id}/discard', 'GET /audit/tile/{level}/{a}', 'GET /audit/tile/{level}/{a}/{b}/{c}', 'GET /audit/tile/{level}/{a}/{b}/{c}/{d}'];
  const missing = operations.map((one) => `${one.method} ${one.path}`).filter((name) => !never.includes(name) && ![...(answered.get(name) ?? [])].some((status) => status < 400));
  assert.deepEqual(missing, []);
});
