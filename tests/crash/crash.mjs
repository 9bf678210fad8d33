// kill -9 in a loop under load: nothing acknowledged is lost, nothing is doubled, and the check passes.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { newProvince, serve, tinhso } from '../lib/server.mjs';
import { newBirth } from '../lib/samples.mjs';

const kRounds = process.env.TINHSO_LONG ? 80 : 8;
const kInFlight = 4;

let province;
let server;
const citizens = [];
let desk;
const known = new Map(); // user name → codes before the first round
const keys = []; // every submission ever tried: {who, key, code or null}
const accepts = new Map(); // dossier code → "sent" | "acknowledged"
let next = 0;

// The connection broke: the answer is unknown. Anything else is a fault.
function isBroken(error) {
  if (error instanceof TypeError && /fetch failed|terminated/.test(error.message)) return true;
  return false;
}

async function start() {
  server = await serve(province, { web: false });
  for (const one of [...citizens, desk].filter(Boolean)) one.base = server.base;
}

async function submit(entry) {
  const answer = await entry.who.post('/api/v1/dossiers', entry.who.birth, { 'idempotency-key': entry.key });
  assert.equal(answer.status, 201, String(answer.bytes));
  if (entry.code) assert.equal(answer.body.dossier_code, entry.code, 'one key has two dossiers');
  entry.code = answer.body.dossier_code;
}

async function accept(code) {
  accepts.set(code, 'sent');
  const answer = await desk.post(`/api/v1/dossiers/${code}/actions`, { action: 'accept', version: 1 });
  assert.equal(answer.status, 200, String(answer.bytes));
  accepts.set(code, 'acknowledged');
}

/** Work until so many submissions are acknowledged, then kill with the rest in flight. */
async function load(acknowledged) {
  const goal = keys.filter((one) => one.code).length + acknowledged;
  let over = false;
  let killed;
  const faults = [];
  const worker = async (work) => {
    while (!over) {
      try {
        await work();
      } catch (error) {
        if (!over || !isBroken(error)) faults.push(error);
        return;
      }
      if (!over && keys.filter((one) => one.code).length >= goal) {
        over = true;
        killed = server.kill();
      }
    }
  };
  const workers = citizens.flatMap((who) =>
    Array.from({ length: kInFlight }, () =>
      worker(async () => {
        const entry = { who, key: `crash-${process.pid}-${next++}`, code: null };
        keys.push(entry);
        await submit(entry);
      })
    )
  );
  const officers = Array.from({ length: 2 }, () =>
    worker(async () => {
      const code = keys.find((one) => one.code && !accepts.has(one.code))?.code;
      if (code) await accept(code);
      // Nothing to do yet: let the others answer.
      else await new Promise((go) => setImmediate(go));
    })
  );
  await Promise.all([...workers, ...officers]);
  await killed;
  if (faults.length) throw faults[0];
  assert.ok(killed, 'the load ended before the kill');
}

async function judge() {
  // What was not acknowledged is sent again, twice: it is there once.
  for (const entry of keys.filter((one) => !one.code)) await submit(entry);
  const last = keys.slice(-20);
  await Promise.all(last.map(submit));
  for (const who of citizens) {
    const mine = keys.filter((one) => one.who === who).map((one) => one.code);
    assert.equal(new Set(mine).size, mine.length, 'two keys share a dossier');
    const there = (await who.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
    assert.deepEqual(there.sort(), [...known.get(who), ...mine].sort());
  }
  for (const [code, state] of accepts) {
    const dossier = await desk.dossier(code);
    const times = dossier.events.filter((one) => one.action === 'accept').length;
    if (state === 'acknowledged') assert.equal(times, 1, `${code}: an acknowledged step is lost or doubled`);
    else assert.ok(times <= 1, `${code}: a step is doubled`);
    assert.equal(dossier.version, 1 + times, code);
    assert.equal(dossier.state.state, times ? 'received' : 'submitted', code);
  }
}

test('crash: the province is made and people are at work', async () => {
  province = newProvince({ dossiers: 20 });
  await start();
  for (const username of ['cong-dan', 'nguoi-dan-2', 'nguoi-dan-3']) {
    const one = new Client(server.base);
    await one.signIn(username);
    one.birth = await newBirth(one);
    known.set(one, (await one.all('/api/v1/dossiers', 100)).map((d) => d.dossier_code));
    citizens.push(one);
  }
  desk = new Client(server.base);
  await desk.signIn('mot-cua');
});

for (let round = 1; round <= kRounds; round++)
  test(`crash: round ${round} of ${kRounds}`, async () => {
    await load(10 + ((round * 7) % 20));
    await start();
    await judge();
  });

test('crash: the check passes after it all', async () => {
  await server.kill();
  const done = tinhso('check', ...province.flags);
  assert.equal(done.status, 0, done.stdout + done.stderr);
});
