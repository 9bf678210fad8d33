// The machine's clock jumps, forwards by days and back by hours: nothing is doubled, nothing refuses to start, the log stays sound.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { newFolder, newProvince, serve, tinhso } from '../lib/server.mjs';
import { newBirth } from '../lib/samples.mjs';

const kLibrary = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

test('clock: jumps forwards and back lose, double and stop nothing', async () => {
  assert.ok(existsSync(kLibrary), 'the package libfaketime is missing (tools/packages-test.txt)');
  const offset = join(newFolder(), 'offset');
  const jump = (text) => writeFileSync(offset, `${text}\n`);
  jump('+0');
  const province = newProvince({ dossiers: 10 });
  const server = await serve(province, { web: false, env: { LD_PRELOAD: kLibrary, FAKETIME_TIMESTAMP_FILE: offset, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' } });
  const citizen = new Client(server.base);
  const filed = new Map(); // key → code
  const file = async (key) => {
    const answer = await citizen.post('/api/v1/dossiers', await newBirth(citizen), { 'idempotency-key': key });
    assert.equal(answer.status, 201, `${key}: ${answer.bytes}`);
    filed.set(key, answer.body.dossier_code);
  };
  await citizen.signIn('cong-dan');
  await file('clock-before');
  // Back an hour: ids and codes still differ, the session still holds, the order of events is that of their happening.
  jump('-3600');
  await file('clock-back-hour');
  const desk = new Client(server.base);
  await desk.signIn('mot-cua');
  const received = await desk.act(filed.get('clock-before'), 'accept');
  assert.deepEqual(received.events.map((one) => one.action), ['submit', 'accept']);
  // Ahead eight days: the session is over; signing in again works, and a new day has numbers of its own.
  jump('+691200');
  assert.equal((await citizen.get('/api/v1/me')).status, 401, 'a session outlives its week');
  await citizen.signIn('cong-dan');
  await file('clock-ahead');
  // Back to today: what was made in the future is still there, and today's numbers go on where they were.
  jump('+0');
  await citizen.signIn('cong-dan');
  await file('clock-home');
  assert.equal(new Set(filed.values()).size, filed.size, 'a code was given twice');
  const there = (await citizen.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  for (const code of filed.values()) assert.ok(there.includes(code), code);
  assert.equal((await server.stop()).code, 0);
  const done = tinhso('check', ...province.flags);
  assert.equal(done.status, 0, done.stdout + done.stderr);
}, { timeout: 120_000 });
