// Units through time over HTTP: lists of before and since, old addresses, and a merger of two communes with work running.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { newBirth } from '../lib/samples.mjs';
import { kRoot, mustRun, newProvince, serve } from '../lib/server.mjs';

const fixture = (name) => join(kRoot, 'tests/fixtures/areas', name);
const kLists = ['before.csv', 'provinces.csv', 'communes.csv', 'mapping.csv', 'aliases.csv'].map(fixture);
// The day in Viet Nam: a merger of today runs at once.
const today = new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10);

let server;
let anyone;

async function signIn(username) {
  const client = new Client(server.base);
  await client.signIn(username);
  return client;
}

test('units: the lists are imported once, a second time nothing changes', async () => {
  const province = newProvince({ dossiers: 300 });
  const last = (text) => JSON.parse(text.trim().split('\n').at(-1));
  const first = last(mustRun('import', 'units', ...kLists, ...province.flags));
  assert.deepEqual([first.communes_before, first.districts_before, first.split, first.without_successor, first.bad], [14, 6, 3, 0, 0]);
  const again = last(mustRun('import', 'units', ...kLists, ...province.flags));
  assert.deepEqual([again.added, again.changed, again.unchanged], [0, 0, again.lines]);
  const drawn = last(mustRun('import', 'boundaries', fixture('boundaries.geojson'), ...province.flags));
  assert.deepEqual([drawn.stored, drawn.bad], [3, 1]);
  server = await serve(province, { web: false });
  anyone = new Client(server.base);
});

test('units: any day gives the tree of that day', async () => {
  const names = async (path) => (await anyone.get(path)).body.items.map((one) => one.name);
  assert.deepEqual(await names('/api/v1/areas?parent=&on=2025-06-30'), ['Tỉnh Bạc Liêu', 'Tỉnh Cà Mau']);
  assert.deepEqual(await names('/api/v1/areas?parent='), ['Tỉnh Cà Mau']);
  assert.ok((await names('/api/v1/areas?parent=96&on=2025-06-30')).includes('Huyện U Minh'));
  assert.ok((await names('/api/v1/areas?q=an%20xuyen')).includes('Phường An Xuyên'));
  assert.ok((await names('/api/v1/areas?q=an%20xuyen&which=former')).includes('Xã An Xuyên'));
  const one = (await anyone.get('/api/v1/areas/32002')).body;
  assert.equal(one.name, 'Phường An Xuyên');
  assert.deepEqual(one.aliases, ['32003']);
  assert.equal(one.predecessors.length, 4);
  assert.equal((await anyone.get('/api/v1/areas/32002?on=2025-06-30')).body.name, 'Phường 2');
  assert.equal((await anyone.get('/api/v1/areas/00000')).status, 404);
  assert.equal((await anyone.get('/api/v1/areas?on=2025-02-30')).status, 422);
});

test('units: an old address becomes the new one, and asks where the commune was split', async () => {
  const convert = async (text) => (await anyone.get(`/api/v1/addresses/convert?text=${encodeURIComponent(text)}`)).body.readings;
  const [whole] = await convert('Số 5, ấp 3, xã Khánh Bình Đông, huyện Trần Văn Thời, tỉnh Cà Mau');
  assert.equal(whole.detail, 'Số 5, ấp 3');
  assert.deepEqual(whole.choices.map((one) => [one.area.name, one.whole]), [['Xã Khánh Bình', true]]);
  const [split] = await convert('khom 2, phuong 6, tp ca mau');
  assert.deepEqual(split.choices.map((one) => [one.area.name, one.whole, one.suggested]), [['Phường Tân Thành', false, true], ['Phường Hoà Thành', false, false]]);
  assert.ok((await convert('khanh bi')).some((one) => one.area.name === 'Xã Khánh Bình'), 'typing shows something');
  const successors = (await anyone.get('/api/v1/areas/32053/successors?on=2025-06-30')).body;
  assert.equal(successors.choices.length, 3);
  assert.equal((await anyone.get('/api/v1/addresses/convert?text=%20')).status, 422);
});

test('units: boundaries come with their codes, coarser from afar', async () => {
  const near = (await anyone.get('/api/v1/boundaries?parent=96&zoom=2')).body;
  const far = (await anyone.get('/api/v1/boundaries?parent=96&zoom=0')).body;
  assert.deepEqual(near.features.map((one) => one.properties.area_code), ['32002', '32025', '32110']);
  assert.ok(JSON.stringify(far).length < JSON.stringify(near).length);
  assert.equal((await anyone.get('/api/v1/boundaries?parent=00')).status, 404);
});

test('units: a merger is previewed, cancelled, run; people and dossiers go on under the successor', async () => {
  const admin = await signIn('quan-tri');
  const desk = await signIn('mot-cua');
  const plan = { effective_on: today, basis: 'NQ 1/NQ-UBTVQH', predecessors: ['H12.126', 'H12.128'], successor_code: 'H12.190', name: 'Ủy ban nhân dân phường Cà Mau', short_name: 'Phường Cà Mau', area_code: '32002' };
  const later = { ...plan, effective_on: `${Number(today.slice(0, 4)) + 1}-01-01` };
  const citizen = await signIn('cong-dan');
  assert.equal((await citizen.post('/api/v1/dossiers', await newBirth(citizen))).status, 201);
  const before = await desk.all('/api/v1/dossiers', 100);
  const preview = await admin.post('/api/v1/admin/mergers/preview', plan);
  assert.equal(preview.status, 200, String(preview.bytes));
  const parts = Object.fromEntries(preview.body.parts.map((one) => [one.part, one.count]));
  assert.equal(parts.assignments, 13);
  assert.ok(parts.dossiers > 0 && parts.inbox > 0 && parts.results > 0 && parts.number_series > 0);

  const waiting = await admin.post('/api/v1/admin/mergers', later);
  assert.equal(waiting.body.state, 'scheduled');
  assert.equal((await admin.post('/api/v1/admin/mergers', plan)).body.reason, 'unit_in_merger');
  assert.equal((await admin.call('DELETE', `/api/v1/admin/mergers/${waiting.body.merger_id}`)).body.state, 'cancelled');

  const begun = await admin.post('/api/v1/admin/mergers', plan);
  assert.equal(begun.status, 201);
  const deadline = Date.now() + 60_000;
  let now;
  do {
    now = (await admin.get(`/api/v1/admin/mergers/${begun.body.merger_id}`)).body;
    assert.ok(Date.now() < deadline, `the merger stays ${now.state}`);
  } while (now.state !== 'done' && (await new Promise((go) => setTimeout(go, 20)), true));
  const moved = Object.fromEntries(now.parts.map((one) => [one.part, one.moved]));
  assert.equal(moved.assignments, parts.assignments);
  assert.equal(moved.inbox, parts.inbox);

  const me = (await desk.get('/api/v1/me')).body;
  assert.equal(me.assignments.find((one) => one.assignment_id === me.assignment_id).unit.unit_code, 'H12.190.01');
  const after = (await desk.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  for (const { dossier_code } of before) assert.ok(after.includes(dossier_code), dossier_code);
  for (const code of [after[0], before[0].dossier_code]) {
    assert.equal((await desk.get(`/api/v1/dossiers/${code}`)).status, 200);
    assert.equal((await anyone.get(`/api/v1/track/${code}`)).status, 200);
  }
  const closed = (await anyone.get('/api/v1/units/H12.126')).body;
  assert.equal(closed.continued_by, 'H12.190');
  assert.ok(closed.aliases.includes('000.00.126.H12'));
  assert.equal((await anyone.get('/api/v1/units/000.00.190.H12')).body.unit_code, 'H12.190');
  const [as_is, as_was] = await Promise.all(['as_is', 'as_was'].map(async (frame) => (await admin.get(`/api/v1/inbox/by-unit?frame=${frame}`)).body.items));
  const total = (items, codes) => items.filter((one) => codes.includes(one.unit_code)).reduce((sum, one) => sum + one.total, 0);
  assert.equal(total(as_is, ['H12.190']), total(as_was, ['H12.126', 'H12.128']));
  assert.equal((await admin.get('/api/v1/admin/mergers')).body.items.length, 2);
  await server.stop();
});
