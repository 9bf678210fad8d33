// Slow clients by the hundred: they are cut at their limits, and everybody else is served meanwhile.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { newBirth } from '../lib/samples.mjs';
import { raw, statusOf } from '../lib/raw.mjs';
import { newProvince, serve } from '../lib/server.mjs';

const kSlowOfAKind = process.env.TINHSO_LONG ? 800 : 120;
const kHeaderSeconds = 10; // header_timeout_s
const kServed = process.env.TINHSO_LONG ? 300 : 40;

/** A connection that sends its text a byte at a time and reads nothing; `cut` tells when the server ended it. */
function slow(port, text, { every = 400 } = {}) {
  const socket = connect(port, '127.0.0.1');
  let at = 0;
  const started = performance.now();
  const timer = setInterval(() => socket.write(text[at++ % text.length]), every);
  const cut = new Promise((done) => {
    socket.on('close', () => {
      clearInterval(timer);
      done(performance.now() - started);
    });
  });
  socket.on('error', () => {});
  socket.resume();
  return { cut, end: () => socket.destroy() };
}

test('slow clients: hundreds drip headers and bodies, others file dossiers and read pages, the slow are cut', async () => {
  const province = newProvince({ dossiers: 20 });
  const server = await serve(province, { web: false });
  const citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  const birth = await newBirth(citizen);
  const headers = Array.from({ length: kSlowOfAKind }, () => slow(server.port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'));
  const silent = Array.from({ length: kSlowOfAKind }, () => slow(server.port, 'G', { every: 60_000 }));
  const bodies = Array.from({ length: kSlowOfAKind }, () => {
    const one = connect(server.port, '127.0.0.1');
    one.on('error', () => {});
    one.write('POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{');
    return one;
  });
  // Answers nobody reads: the server must not wait for them with a worker.
  const deaf = Array.from({ length: kSlowOfAKind }, () => {
    const one = connect(server.port, '127.0.0.1');
    one.on('error', () => {});
    one.pause();
    one.write('GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
    return one;
  });
  const times = [];
  for (let i = 0; i < kServed; i++) {
    const started = performance.now();
    const filed = await citizen.post('/api/v1/dossiers', birth, { 'idempotency-key': `slow-${process.pid}-${i}` });
    assert.equal(filed.status, 201, String(filed.bytes));
    await citizen.dossier(filed.body.dossier_code);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  // Not a measure of speed: a worker held by a slow client would make somebody wait for that client's limit.
  assert.ok(times.at(-1) < kHeaderSeconds * 1000, `somebody waited ${Math.round(times.at(-1))} ms`);
  await Promise.all([...headers, ...silent].map((one) => one.cut));
  assert.equal((await citizen.get('/api/v1/me')).status, 200);
  for (const one of [...bodies, ...deaf]) one.destroy();
  assert.equal((await server.stop()).code, 0);
}, { timeout: 180_000 });

test('slow clients: more connections than are allowed are told so, and room comes back', async () => {
  const province = newProvince({ dossiers: 0 });
  const server = await serve(province, { web: false });
  const held = [];
  for (let i = 0; i < 4100; i++) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    held.push(socket);
    if (i % 200 === 199) await new Promise((done) => socket.once('connect', done).once('close', done));
  }
  const answer = await raw(server.port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n').catch((error) => error.message);
  assert.ok([0, 503].includes(statusOf(answer)), `over the limit: ${answer.slice(0, 80)}`);
  for (const socket of held) socket.destroy();
  let status = 0;
  for (let tries = 0; status !== 200 && tries < 100; tries++) {
    status = await fetch(`${server.base}/healthz`, { headers: { connection: 'close' } }).then((one) => one.status, () => 0);
    if (status !== 200) await new Promise((go) => setTimeout(go, 50));
  }
  assert.equal(status, 200);
  assert.equal((await server.stop()).code, 0);
}, { timeout: 120_000 });
