// Two servers on one PostgreSQL database, behind them one folder of files: work through both, one is killed in the middle. No
// number twice, no event lost, no job run twice; what one changes the other sees within a named time (docs/adr, several servers).
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { creditFor, fresh, kBankEnv, readQr, sendCredit } from '../lib/bank.mjs';
import { Client } from '../lib/client.mjs';
import { test } from '../lib/runner.mjs';
import { fillForm, kWard, newBirth } from '../lib/samples.mjs';
import { kRoot, newFolder, newProvince, query, serve, tinhso } from '../lib/server.mjs';

const kSeenWithinMs = 10_000; // 1 s for caches, 5 s for sessions; the rest is for a slow machine

let province;
let packs;
let a;
let b;
const people = {}; // name → {a, b}: one session, a client at each server
const submissions = []; // {who, key, code}
let next = 0;

const at = (client, server) => {
  const other = new Client(server.base);
  other.cookies = client.cookies;
  other.me = client.me;
  return other;
};

async function until(what, holds) {
  const end = Date.now() + kSeenWithinMs;
  while (!(await holds())) assert.ok(Date.now() < end, `${what} not within ${kSeenWithinMs} ms`);
}

const broken = (error) => error instanceof TypeError && /fetch failed|terminated/.test(error.message);

/** Sends a submission; false when its server died under it. */
async function submit(client, entry) {
  let answer;
  try {
    answer = await client.post('/api/v1/dossiers', entry.who.birth, { 'idempotency-key': entry.key });
  } catch (error) {
    if (!broken(error)) throw error;
    return false;
  }
  assert.equal(answer.status, 201, String(answer.bytes));
  if (entry.code) assert.equal(answer.body.dossier_code, entry.code, 'one key has two dossiers');
  entry.code = answer.body.dossier_code;
  return true;
}

const newEntry = (who) => {
  const entry = { who, key: `two-${process.pid}-${next++}`, code: null };
  submissions.push(entry);
  return entry;
};

test('two servers: both start at once and take different numbers', async () => {
  packs = join(newFolder(), 'packs');
  cpSync(join(kRoot, 'packs'), packs, { recursive: true });
  province = newProvince({ dossiers: 30 });
  const args = ['--packs', packs];
  [a, b] = await Promise.all([serve(province, { web: false, args, env: kBankEnv }), serve(province, { web: false, args, env: kBankEnv })]);
  const nodes = query(province, "SELECT work FROM cluster_lease WHERE work LIKE 'node/%'");
  assert.equal(new Set(nodes).size, 2, `node numbers: ${nodes}`);
});

test('two servers: a session of one is a session of the other', async () => {
  for (const name of ['cong-dan', 'nguoi-dan-2', 'mot-cua', 'quan-tri']) {
    const first = new Client(a.base);
    await first.signIn(name);
    people[name] = { a: first, b: at(first, b) };
    assert.equal((await people[name].b.get('/api/v1/me')).status, 200);
  }
  for (const name of ['cong-dan', 'nguoi-dan-2']) people[name].birth = await newBirth(people[name].a);
});

test('two servers: submissions through both at once have different numbers, and steps through the other server are taken once', async () => {
  const work = [];
  for (let i = 0; i < 40; i++) {
    const who = people[i % 3 ? 'cong-dan' : 'nguoi-dan-2'];
    work.push(submit(i % 2 ? who.a : who.b, newEntry(who)));
  }
  assert.ok((await Promise.all(work)).every(Boolean));
  // Both desks take the same dossier at the same moment: one of them does.
  const desk = people['mot-cua'];
  for (const { code } of submissions.slice(0, 10)) {
    const answers = await Promise.all(['a', 'b'].map((side) => desk[side].post(`/api/v1/dossiers/${code}/actions`, { action: 'accept', version: 1 })));
    assert.deepEqual(answers.map((one) => one.status).sort(), [200, 409], code);
    const dossier = await desk.b.dossier(code);
    assert.equal(dossier.events.filter((one) => one.action === 'accept').length, 1, code);
  }
});

test('two servers: a bank that tells both of one transfer, again and out of order, pays once', async () => {
  const citizen = people['cong-dan'].a;
  const { answers, papers } = await fillForm(citizen, '2.000635', citizen.me.person);
  const bills = [];
  for (let i = 0; i < 6; i++) {
    const filed = await citizen.post('/api/v1/dossiers', { procedure_code: '2.000635', unit_code: kWard, answers, papers, declaration: true });
    assert.equal(filed.status, 201, String(filed.bytes));
    bills.push((await citizen.get(`/api/v1/dossiers/${filed.body.dossier_code}/invoices`)).body.items[0]);
  }
  for (const [index, bill] of bills.entries()) {
    const credit = creditFor(await readQr(bill.vietqr));
    const ids = [fresh('evt_'), fresh('evt_')];
    // One message to both at once, thrice; then the same transfer under another number; on odd bills another transfer of the whole as well.
    const told = [a, b, a, b, a, b].map((server) => sendCredit(server.base, credit, { id: ids[0] }));
    told.push(sendCredit(b.base, credit, { id: ids[1] }));
    if (index % 2) told.push(sendCredit(a.base, creditFor(await readQr(bill.vietqr))), sendCredit(b.base, creditFor(await readQr(bill.vietqr))));
    const answered = await Promise.all(told);
    assert.deepEqual([...new Set(answered.map((one) => one.status))], [200], answered.map((one) => one.text).join());
    assert.equal(new Set(answered.slice(0, 6).map((one) => one.text)).size, 1, 'one message, one answer');
    const paid = (await people['cong-dan'].b.get(`/api/v1/invoices/${bill.invoice_id}`)).body;
    assert.equal(paid.state, 'paid');
    assert.equal(paid.payments.length, 1);
    assert.equal(paid.receipts.length, 1);
  }
  const checked = tinhso('ledger', 'check', ...province.flags);
  assert.equal(JSON.parse(checked.stdout.trim().split('\n').at(-1)).differences, 0, checked.stdout);
});

test('two servers: no job runs twice', async () => {
  await until('jobs done', () => query(province, "SELECT COUNT(*) FROM job WHERE state IN ('waiting', 'running')")[0] === '0');
  assert.deepEqual(query(province, "SELECT kind FROM job WHERE attempts <> 1 OR state <> 'done'"), []);
});

test('two servers: a unit renamed on one has its new name on the other', async () => {
  const units = await people['quan-tri'].a.get('/api/v1/units?kind=commune');
  const unit = units.body.items[0];
  const name = `${unit.name} (đổi tên)`;
  const answer = await people['quan-tri'].a.call('PATCH', `/api/v1/units/${unit.unit_code}`, { name });
  assert.equal(answer.status, 200, String(answer.bytes));
  await until('the new name', async () => (await people['quan-tri'].b.get(`/api/v1/units/${unit.unit_code}`)).body.name === name);
});

test('two servers: a pack published on one is in force on the other', async () => {
  const file = join(packs, 'ca-mau/pack.yaml');
  const text = readFileSync(file, 'utf8');
  const version = Number(/^version: (\d+)/m.exec(text)[1]) + 1;
  writeFileSync(file, text.replace(/^version: \d+/m, `version: ${version}`));
  const answer = await people['quan-tri'].a.post('/api/v1/admin/packs/publish');
  assert.equal(answer.status, 200, String(answer.bytes));
  await until('the new version', async () => (await people['quan-tri'].b.get('/api/v1/admin/packs')).body.items.some((one) => one.version === version));
});

test('two servers: who signs out on one is out on the other', async () => {
  const one = new Client(a.base);
  await one.signIn('nguoi-dan-3');
  const there = at(one, b);
  there.cookies = new Map(one.cookies);
  assert.equal((await there.get('/api/v1/me')).status, 200);
  assert.equal((await one.call('DELETE', '/api/v1/session')).status, 204);
  await until('the end of the session', async () => (await there.get('/api/v1/me')).status === 401);
});

test('two servers: wrong passwords at both are counted together', async () => {
  const guess = async (server, i) => (await new Client(server.base).post('/api/v1/session', { username: 'nguoi-dan-3', password: `wrong-password-${i}` })).status;
  for (let i = 0; i < 5; i++) assert.equal(await guess(i % 2 ? a : b, i), 401);
  assert.equal(await guess(a, 5), 429);
  assert.equal(await guess(b, 6), 429);
});

test('two servers: one is killed under load, the other goes on, and nothing is lost or doubled', async () => {
  const citizens = [people['cong-dan'], people['nguoi-dan-2']];
  let over = false;
  let killed;
  const goal = submissions.filter((one) => one.code).length + 40;
  const worker = async (who, side) => {
    while (!over) {
      if (!(await submit(who[side], newEntry(who)))) return;
      if (!killed && side === 'a' && submissions.filter((one) => one.code).length >= goal) killed = a.kill();
      if (killed && submissions.filter((one) => one.code).length >= goal + 40) over = true;
    }
  };
  await Promise.all(citizens.flatMap((who) => ['a', 'a', 'a', 'b', 'b'].map((side) => worker(who, side))));
  await killed;
  const unanswered = submissions.filter((one) => !one.code);
  for (const entry of unanswered) assert.ok(await submit(entry.who.b, entry));
  // Every key once more through the other server: the same dossier.
  for (const entry of submissions.slice(-20)) assert.ok(await submit(entry.who.b, entry));
  const codes = submissions.map((one) => one.code);
  assert.equal(new Set(codes).size, codes.length, 'a number twice');
  const events = query(province, 'SELECT d.dossier_code FROM dossier d WHERE (SELECT COUNT(*) FROM dossier_event e WHERE e.authority_id = d.authority_id AND e.dossier_id = d.dossier_id) <> d.version');
  assert.deepEqual(events.filter((one) => codes.includes(one)), [], 'a dossier has not one event for each version');
  const stored = query(province, 'SELECT dossier_code FROM dossier');
  assert.equal(new Set(stored).size, stored.length);
  for (const code of codes) assert.ok(stored.includes(code), `${code} is lost`);
});

test('two servers: the other takes over what the killed one did alone', async () => {
  // Its lease ends after a minute; the test does not wait for that.
  query(province, 'UPDATE cluster_lease SET until_us = 0');
  await until('the audit log sealed', () => query(province, 'SELECT COUNT(*) FROM audit_stage')[0] === '0');
});

test('two servers: the check passes after it all', async () => {
  await b.stop();
  const done = tinhso('check', ...province.flags);
  assert.equal(done.status, 0, done.stdout + done.stderr);
});
