// A full disk, and one that becomes read-only under the running server: a clear answer, nothing lost, reading goes on, and work goes
// on by itself when there is room, or it can be written to, again. A read-only disk at the start: the server says so.
// The full disk is a small file system of its own in memory, so the machine's is in no danger.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { databaseFlags, kRoot, mustRun, newFolder, serve, tinhso, until } from '../lib/server.mjs';
import { newBirth, smallPdf } from '../lib/samples.mjs';

const kSizeMb = 48;
const mounts = [];

atEnd(async () => {
  for (const folder of mounts.splice(0)) execFileSync('umount', ['-l', folder]);
});

function smallDisk() {
  const folder = join(newFolder(), 'disk');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kSizeMb}m,mode=0700`, 'tmpfs', folder]);
  mounts.push(folder);
  return folder;
}

function fill(folder) {
  const path = join(folder, 'filler');
  const fd = openSync(path, 'w');
  for (let block = 1 << 20; block >= 512; ) {
    try {
      writeSync(fd, Buffer.alloc(block));
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
      block >>= 1;
    }
  }
  closeSync(fd);
  return path;
}

async function peopleAtWork(disk, env = {}) {
  const data = join(disk, 'data');
  const flags = ['--data', data, ...databaseFlags()];
  mustRun('demo', ...flags, '--dossiers', '10');
  const province = { data, flags };
  const server = await serve(province, { web: false, env });
  const administrator = new Client(server.base);
  await administrator.signIn('quan-tri');
  const citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  return { province, server, administrator, citizen, birth: await newBirth(citizen) };
}

// On PostgreSQL the rows are elsewhere: there only uploads are refused.
async function holds({ server, administrator, citizen, birth }, filed, cause, reasons) {
  const answers = [];
  for (let i = 0; i < 12; i++) {
    const answer = await citizen.post('/api/v1/dossiers', birth, { 'idempotency-key': `${cause}-while-${i}` });
    answers.push(answer);
    if (answer.status === 201) filed.push(answer.body.dossier_code);
    const upload = await citizen.post('/api/v1/files?name=a.pdf', new Uint8Array(smallPdf(`${cause} ${i} ${'x'.repeat(20_000)}`)));
    answers.push(upload);
  }
  const refused = answers.filter((one) => one.status !== 201);
  assert.ok(refused.length > 0, `nothing was refused while ${cause}`);
  for (const one of refused) {
    assert.ok([503, 507].includes(one.status), `${cause}: ${one.status} ${one.bytes}`);
    assert.ok(reasons.includes(one.body.reason), `${cause}: ${one.bytes}`);
    if (one.status === 503) assert.ok(one.headers.get('retry-after'), `${cause}: no Retry-After`);
  }
  if (process.env.TINHSO_TESTS_ON === 'sqlite') assert.ok(refused.length === answers.length || reasons[0] === 'storage_full', `${cause}: something was written`);
  // It is said to whoever watches, and to the administrator.
  const said = await until('/readyz says it', async () => {
    const ready = await fetch(`${server.base}/readyz`);
    return ready.status === 503 && (await ready.json());
  });
  assert.equal(said.reason, 'not_ready');
  assert.equal(said.detail, reasons[0]);
  const health = await administrator.get('/api/v1/admin/health');
  assert.equal(health.body.checks.find((one) => one.check === 'writable').state, 'error');
  // Reading goes on.
  assert.equal((await citizen.get('/api/v1/me')).status, 200);
  assert.equal((await citizen.get(`/api/v1/dossiers/${filed[0]}`)).status, 200);
  assert.equal((await fetch(`${server.base}/healthz`)).status, 200);
}

async function recovers(scene, filed, cause) {
  const { province, server, citizen, birth } = scene;
  await until('/readyz is well again', async () => (await fetch(`${server.base}/readyz`)).status === 200);
  const answer = await citizen.post('/api/v1/dossiers', birth, { 'idempotency-key': `${cause}-after` });
  assert.equal(answer.status, 201, `after ${cause}: ${answer.bytes}`);
  filed.push(answer.body.dossier_code);
  await citizen.upload(smallPdf(`after ${cause}`));
  const there = (await citizen.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  for (const code of filed) assert.ok(there.includes(code), `${code} was acknowledged and is lost`);
  assert.equal(new Set(there).size, there.length);
  assert.equal((await server.stop()).code, 0);
  const done = tinhso('check', ...province.flags);
  assert.equal(done.status, 0, done.stdout + done.stderr);
}

function rooted() {
  if (process.getuid() === 0) return true;
  console.log('        (needs root to mount a small disk: left out)');
  return false;
}

test('storage: while the disk is full there is a clear answer, and nothing is lost', async () => {
  if (!rooted()) return;
  const disk = smallDisk();
  const scene = await peopleAtWork(disk);
  const filed = [];
  for (let i = 0; i < 3; i++) filed.push((await scene.citizen.post('/api/v1/dossiers', scene.birth, { 'idempotency-key': `full-before-${i}` })).body.dossier_code);
  const rounds = process.env.TINHSO_LONG ? 12 : 2;
  for (let round = 0; round < rounds; round++) {
    const filler = fill(disk);
    await holds(scene, filed, `full-${round}`, ['storage_full']);
    rmSync(filler);
  }
  await recovers(scene, filed, 'full');
}, { timeout: 240_000 });

test('storage: while the disk is read-only under the running server there is a clear answer, and nothing is lost', async () => {
  const folder = newFolder();
  const library = join(folder, 'read_only_disk.so');
  execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O1', '-o', library, join(kRoot, 'tests/faults/read_only_disk.c'), '-ldl']);
  const flag = join(folder, 'read-only');
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const scene = await peopleAtWork(disk, { LD_PRELOAD: library, TINHSO_TEST_READ_ONLY: flag, TINHSO_TEST_FOLDER: disk });
  const filed = [];
  const rounds = process.env.TINHSO_LONG ? 12 : 2;
  for (let round = 0; round < rounds; round++) {
    const answer = await scene.citizen.post('/api/v1/dossiers', scene.birth, { 'idempotency-key': `read-only-before-${round}` });
    assert.equal(answer.status, 201, answer.bytes);
    filed.push(answer.body.dossier_code);
    writeFileSync(flag, '');
    await holds(scene, filed, `read-only-${round}`, ['storage_read_only']);
    rmSync(flag);
  }
  await recovers(scene, filed, 'read-only');
}, { timeout: 240_000 });

// The system refuses to make a disk read-only while files are open on it for writing; a restart meets such a disk.
test('storage: on a read-only disk the server says so and changes nothing; writable again, it starts', async () => {
  if (!rooted()) return;
  const disk = smallDisk();
  const scene = await peopleAtWork(disk);
  const filed = [(await scene.citizen.post('/api/v1/dossiers', scene.birth, { 'idempotency-key': 'readonly-before' })).body.dossier_code];
  assert.equal((await scene.server.stop()).code, 0);
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const refused = await serve(scene.province, { web: false }).then(
    () => assert.fail('it serves from a disk it cannot write'),
    (error) => error.message
  );
  assert.match(refused, /chỉ đọc|không ghi được|Không dùng được|read-only|cannot be written/i);
  execFileSync('mount', ['-o', 'remount,rw', disk]);
  scene.server = await serve(scene.province, { web: false });
  scene.citizen.base = scene.server.base;
  await recovers(scene, filed, 'readonly');
}, { timeout: 120_000 });
