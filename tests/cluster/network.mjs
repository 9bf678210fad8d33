// The network between the server and PostgreSQL breaks, goes silent, and PostgreSQL itself is killed: requests are answered 503
// with Retry-After, the server recovers without a restart, and nothing happens twice.
import assert from 'node:assert/strict';
import { createConnection, createServer } from 'node:net';
import { Client } from '../lib/client.mjs';
import { atEnd, test } from '../lib/runner.mjs';
import { newBirth } from '../lib/samples.mjs';
import { newProvince, serve, tinhso } from '../lib/server.mjs';

const kRecoversWithinMs = 30_000;

let mode = 'pass'; // or 'cut': nobody gets through; 'silent': connections stay open and nothing passes
const pairs = new Set();
let proxy;
let province;
let server;
let citizen;
const submissions = [];

/** A proxy in front of the Unix socket the database's URL names; the URL with it in between. */
async function throughProxy(url) {
  const words = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const path = `${words.get('host')}/.s.PGSQL.${words.get('port')}`;
  proxy = createServer((client) => {
    if (mode === 'cut') return client.destroy();
    const upstream = createConnection(path);
    const pair = { client, upstream };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    const pass = (from, to) => {
      from.on('data', (bytes) => mode === 'silent' || to.write(bytes));
      from.on('close', end);
      from.on('error', end);
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise((listening) => proxy.listen(0, '127.0.0.1', listening));
  const database = url.slice(0, url.indexOf('?')).split('/').at(-1);
  return `postgresql://127.0.0.1:${proxy.address().port}/${database}?user=${words.get('user')}&options=-cstatement_timeout%3D1000`;
}

function cut() {
  mode = 'cut';
  for (const { client, upstream } of pairs) {
    client.destroy();
    upstream.destroy();
  }
}

const newEntry = () => {
  const entry = { key: `net-${process.pid}-${submissions.length}`, code: null };
  submissions.push(entry);
  return entry;
};

/** 201 or an honest 503. */
async function submit(entry) {
  const answer = await citizen.post('/api/v1/dossiers', citizen.birth, { 'idempotency-key': entry.key });
  if (answer.status === 503) {
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.match(answer.body.reason, /^db_/);
    return false;
  }
  assert.equal(answer.status, 201, String(answer.bytes));
  if (entry.code) assert.equal(answer.body.dossier_code, entry.code);
  entry.code = answer.body.dossier_code;
  return true;
}

async function recovers() {
  const end = Date.now() + kRecoversWithinMs;
  while (!(await submit(newEntry()))) assert.ok(Date.now() < end, 'the server does not recover');
}

/** What was refused or cut off is sent again: all is there, each once. */
async function judge(known) {
  for (const entry of submissions) if (!entry.code) assert.ok(await submit(entry));
  const codes = submissions.map((one) => one.code);
  assert.equal(new Set(codes).size, codes.length);
  const there = (await citizen.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  assert.deepEqual(there.sort(), [...known, ...codes].sort());
}

let known;

test('network: a server reaches PostgreSQL through a network', async () => {
  province = newProvince({ dossiers: 20 });
  const at = province.flags.indexOf('--database') + 1;
  const flags = province.flags.with(at, await throughProxy(province.flags[at]));
  server = await serve({ ...province, flags }, { web: false });
  citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  citizen.birth = await newBirth(citizen);
  known = (await citizen.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  assert.ok(await submit(newEntry()));
});

test('network: cut off, every request is answered 503 and the readiness probe says so', async () => {
  cut();
  const answers = await Promise.all(Array.from({ length: 20 }, () => submit(newEntry())));
  assert.ok(answers.every((one) => one === false));
  assert.equal((await fetch(`${server.base}/readyz`)).status, 503);
  assert.equal((await fetch(`${server.base}/healthz`)).status, 200);
});

test('network: back again, it works without a restart and nothing is there twice', async () => {
  mode = 'pass';
  await recovers();
  await judge(known);
});

test('network: cut again and again in the middle of work', async () => {
  const rounds = process.env.TINHSO_LONG ? 60 : 6;
  for (let round = 0; round < rounds; round++) {
    const work = Array.from({ length: 8 }, () => submit(newEntry()));
    await Promise.race(work);
    cut();
    mode = 'pass';
    await Promise.all(work);
    await recovers();
  }
  await judge(known);
});

test('network: a silent network is given up in time, and afterwards it works again', async () => {
  mode = 'silent';
  assert.ok((await Promise.all(Array.from({ length: 4 }, () => submit(newEntry())))).every((one) => one === false));
  cut();
  mode = 'pass';
  await recovers();
  await judge(known);
});

test('network: the check passes after it all', async () => {
  await server.stop();
  const done = tinhso('check', ...province.flags);
  assert.equal(done.status, 0, done.stdout + done.stderr);
});

atEnd(async () => proxy?.close());
