// A full disk: a clear answer, nothing lost, reading goes on, and work goes on when there is room again. A read-only one: the
// server says so at its start.
// The data folder lies on a small file system of its own in memory, so the machine's disk is in no danger.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { databaseFlags, mustRun, newFolder, serve, tinhso } from '../lib/server.mjs';
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

async function peopleAtWork(disk) {
  const data = join(disk, 'data');
  const flags = ['--data', data, ...databaseFlags()];
  mustRun('demo', ...flags, '--dossiers', '10');
  const province = { data, flags };
  const server = await serve(province, { web: false });
  const citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  return { province, server, citizen, birth: await newBirth(citizen) };
}

// On PostgreSQL the rows are elsewhere: there only uploads are refused.
async function holds({ province, server, citizen, birth }, filed, cause) {
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
    assert.match(one.body.reason, /^(storage_full|db_full|disk_full|file_store_failed)$/, `${cause}: ${one.bytes}`);
    if (one.status === 503) assert.ok(one.headers.get('retry-after') || one.body.reason === 'disk_full', `${cause}: no Retry-After`);
  }
  // Reading goes on.
  assert.equal((await citizen.get('/api/v1/me')).status, 200);
  assert.equal((await citizen.get(`/api/v1/dossiers/${filed[0]}`)).status, 200);
  assert.equal((await fetch(`${server.base}/healthz`)).status, 200);
  return province;
}

async function recovers(scene, filed, cause) {
  const { province, server, citizen, birth } = scene;
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
    await holds(scene, filed, `full-${round}`);
    rmSync(filler);
  }
  await recovers(scene, filed, 'full');
}, { timeout: 240_000 });

// A running server keeps its files open, so the system cannot take the disk from under it; a restart meets it.
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
