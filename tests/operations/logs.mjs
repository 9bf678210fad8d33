// The log holds no personal data, each line is JSON, and one trace id leads from the caller through the log to the answer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { newProvince, serve, kRoot } from '../lib/server.mjs';
import { newBirth } from '../lib/samples.mjs';

const kTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
let province;
let server;
let metrics;
const personal = new Set();

/** Every text of a person in what was sent or shown, long enough to be told from chance. */
function gather(value) {
  if (typeof value === 'string' && value.length >= 6) personal.add(value);
  else if (Array.isArray(value)) value.forEach(gather);
  else if (value && typeof value === 'object') Object.values(value).forEach(gather);
}

test('logs: a dossier is filed, searched, shown and refused at debug level', async () => {
  province = newProvince({ dossiers: 10 });
  server = await serve(province, { args: ['--set', 'log.level=debug', '--set', 'log.slow_request_ms=1'] });
  const citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  const me = (await citizen.get('/api/v1/me')).body;
  for (const key of ['full_name', 'username']) personal.add(me[key] ?? me.account?.[key]);
  const birth = await newBirth(citizen);
  for (const key of ['child_name', 'requester', 'mother', 'requester_address', 'requester_phone']) gather(birth.answers[key]);
  const sent = await citizen.post('/api/v1/dossiers', birth, { 'idempotency-key': 'operations-logs-1' });
  assert.equal(sent.status, 201);
  personal.add(sent.body.dossier_code);
  personal.add('giay-chung-sinh.pdf');
  await citizen.get(`/api/v1/track/${sent.body.dossier_code}`);
  const desk = new Client(server.base);
  await desk.signIn('mot-cua');
  await desk.get(`/api/v1/dossiers/${sent.body.dossier_code}`);
  await desk.get(`/api/v1/inbox?q=${encodeURIComponent(birth.answers.child_name)}`);
  await desk.post(`/api/v1/dossiers/${sent.body.dossier_code}/actions`, { action: 'accept', version: 9 });
  const stranger = new Client(server.base);
  personal.add('mat-khau-sai-roi');
  await stranger.post('/api/v1/session', { username: 'cong-dan', password: 'mat-khau-sai-roi' });
});

test('trace ids: a traceparent is taken, returned, and in the problem and the log', async () => {
  const answer = await fetch(`${server.base}/api/v1/nowhere`, { headers: { traceparent: `00-${kTrace}-00f067aa0ba902b7-01` } });
  assert.match(answer.headers.get('traceparent'), new RegExp(`^00-${kTrace}-[0-9a-f]{16}-01$`));
  assert.notEqual(answer.headers.get('traceparent').slice(36, 52), '00f067aa0ba902b7');
  assert.equal((await answer.json()).trace_id, kTrace);
  metrics = await (await fetch(`${server.base}/metrics`)).text();
  await server.stop();
  const lines = readFileSync(join(province.data, 'log/tinhso.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const line = lines.find((one) => one.trace_id === kTrace);
  assert.equal(line.status, 404);
  assert.ok(lines.every((one) => /^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/.test(one.at) && one.level && one.event));
  assert.ok(lines.some((one) => one.event === 'slow_request' && one.level === 'warning' && one.route), 'no slow request was logged');
});

test('logs: hold no personal data', () => {
  const text = readFileSync(join(province.data, 'log/tinhso.log'), 'utf8');
  assert.ok(text.includes('/api/v1/dossiers/{dossier_code}/actions'), 'the log is not of these requests');
  for (const value of personal) if (value) assert.ok(!text.includes(value), `the log holds ${value}`);
  assert.ok(!text.includes('127.0.0.1'), 'the log holds an address');
});

test('dashboard: every figure it asks for is one that the program has', () => {
  const dashboard = JSON.parse(readFileSync(join(kRoot, 'docs/operations/grafana-dashboard.json'), 'utf8'));
  const has = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map((m) => m[1]));
  const asked = new Set();
  for (const panel of dashboard.panels) for (const target of panel.targets ?? []) for (const m of target.expr.matchAll(/\b(?:tinhso|process)_[a-z0-9_]+/g)) asked.add(m[0]);
  assert.ok(asked.size >= 12, 'the dashboard asks for little');
  for (const name of asked) assert.ok(has.has(name.replace(/_(bucket|sum|count)$/, '')) || has.has(name), `${name} does not exist`);
});

test('metrics: answer named addresses only', async () => {
  server = await serve(province, { web: false, args: ['--set', 'metrics.addresses=192.0.2.1', '--trusted-proxy', '127.0.0.1'] });
  const answer = await fetch(`${server.base}/metrics`);
  assert.equal(answer.status, 403);
  assert.equal((await answer.json()).reason, 'metrics_address_refused');
  assert.equal((await fetch(`${server.base}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status, 200);
  await server.stop();
  server = await serve(province, { web: false, args: ['--set', 'metrics.addresses=192.0.2.1'] });
  assert.equal((await fetch(`${server.base}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status, 403, 'a caller wrote his own address');
  await server.stop();
});
