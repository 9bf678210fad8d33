// The restore drill: a backup taken while people submit is verified, restored elsewhere, checked and served, and holds
// everything that was acknowledged before it began. A damaged one is refused, and the part is named.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, existsSync, mkdirSync, writeFileSync, cpSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { kBin, newFolder, newDatabase, newProvince, query, serve, tinhso, mustRun } from '../lib/server.mjs';
import { newBirth, smallPdf } from '../lib/samples.mjs';

const postgres = process.env.TINHSO_TESTS_ON === 'postgres';
const backups = join(newFolder(), 'backups');
const citizens = [];
const acknowledged = []; // {who, code, at}: `at` is the monotonic time of the answer
let province;
let server;
let backupStarted;
let restored;

const flipByte = (path, at) => {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length * at)] ^= 0x20;
  writeFileSync(path, bytes);
};
const newest = () => join(backups, readdirSync(backups).filter((n) => /^\d{8}T/.test(n)).sort().at(-1));
/** Flags of a place to restore to that holds nothing yet. */
const freshTarget = () => ['--data', join(newFolder(), 'data'), ...(postgres ? ['--database', newDatabase()] : [])];

test('backup: is taken while people submit', async () => {
  province = newProvince({ dossiers: 30 });
  server = await serve(province, { web: false });
  for (const username of ['cong-dan', 'nguoi-dan-2']) {
    const who = new Client(server.base);
    await who.signIn(username);
    citizens.push({ who, username, birth: await newBirth(who) });
  }
  let over = false;
  const load = citizens.flatMap(({ who, username, birth: sample }) =>
    Array.from({ length: 3 }, async (_, lane) => {
      for (let i = 0; !over; i++) {
        const birth = structuredClone(sample);
        birth.papers[0].file_ids = [await who.upload(smallPdf(`${username} ${lane} ${i}`), 'giay-chung-sinh.pdf')];
        const answer = await who.post('/api/v1/dossiers', birth, { 'idempotency-key': `backup-${username}-${lane}-${i}` });
        assert.equal(answer.status, 201, String(answer.bytes));
        acknowledged.push({ username, code: answer.body.dossier_code, at: performance.now() });
      }
    })
  );
  while (acknowledged.length < 20) await new Promise((go) => setImmediate(go));
  backupStarted = performance.now();
  // In a process of its own, so that the load here goes on meanwhile.
  const { spawn } = await import('node:child_process');
  const child = spawn(kBin, ['backup', ...province.flags, '--to', backups], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise((done) => child.once('exit', done));
  over = true;
  await Promise.all(load);
  assert.equal(code, 0, said);
  for (const key of ['khóa ký nhật ký kiểm toán', 'khóa niêm phong bí mật']) assert.match(said, new RegExp(`${key}.*IN the copy`), 'whoever makes a copy is told what it holds');
  assert.deepEqual(query(province, "SELECT kind FROM audit_event WHERE kind LIKE 'backup.%'"), ['backup.made']);
  assert.ok(acknowledged.some((one) => one.at < backupStarted));
});

test('backup: its manifest names every part, and verify finds it sound', () => {
  const manifest = JSON.parse(readFileSync(join(newest(), 'manifest.json'), 'utf8'));
  assert.equal(manifest.engine, postgres ? 'postgresql' : 'sqlite');
  assert.ok(manifest.audit_heads.length > 0 && manifest.audit_heads.every((head) => head.tree_size > 0 && head.root_hash));
  assert.ok(manifest.files >= 20);
  const parts = readdirSync(join(newest(), 'database')).sort();
  assert.deepEqual(parts, manifest.database.map((part) => part.name).sort());
  mustRun('verify', backups);
  mustRun('verify', newest());
  assert.equal(statSync(backups).mode & 0o077, 0, 'others can read the backups');
});

test('backup: goes through a pipe and is verified from one', () => {
  const run = (input, ...words) => spawnSync(kBin, words, { input, maxBuffer: 1 << 30 });
  const made = run(undefined, 'backup', ...province.flags, '--to', '-');
  assert.equal(made.status, 0, String(made.stderr));
  assert.match(String(made.stderr), /IN the copy/);
  const sound = run(made.stdout, 'verify', '-');
  assert.equal(sound.status, 0, String(sound.stdout) + sound.stderr);
  const damaged = Buffer.from(made.stdout);
  damaged[damaged.indexOf('"engine":"') + 12] ^= 1;
  assert.equal(run(damaged, 'verify', '-').status, 1);
  assert.equal(run(made.stdout.subarray(0, made.stdout.length >> 1), 'verify', '-').status, 1, 'broken off in the middle');
  assert.deepEqual(readdirSync(join(province.data, 'tmp')).filter((name) => name.startsWith('tinhso-backup')), [], 'nothing stays behind');
});

test('backup: the next one copies only new files', () => {
  const said = mustRun('backup', ...province.flags, '--to', backups);
  const again = mustRun('backup', ...province.flags, '--to', backups);
  assert.match(again, /newly copied: 0\b/);
  assert.ok(said);
});

test('backup: restores to a new place that passes the check and holds what was acknowledged before it began', async () => {
  const first = join(backups, readdirSync(backups).filter((n) => /^\d{8}T/.test(n)).sort()[0]);
  restored = { flags: freshTarget() };
  restored.data = restored.flags[1];
  mustRun('restore', first, ...restored.flags);
  assert.deepEqual(query(restored, "SELECT kind FROM audit_event WHERE kind LIKE 'backup.%'"), ['backup.restored']);
  mustRun('check', ...restored.flags);
  const copy = await serve(restored, { web: false });
  for (const { username } of citizens) {
    const who = new Client(copy.base);
    await who.signIn(username);
    const there = new Set((await who.all('/api/v1/dossiers', 100)).map((one) => one.dossier_code));
    const wanted = acknowledged.filter((one) => one.username === username && one.at < backupStarted);
    for (const { code } of wanted) assert.ok(there.has(code), `${code} is not in the backup`);
    // A paper comes back as it was, and work goes on.
    const dossier = await who.dossier(wanted[0].code);
    assert.ok(dossier.papers[0].files.length > 0);
    const birth = await newBirth(who);
    assert.equal((await who.post('/api/v1/dossiers', birth, { 'idempotency-key': `after-restore-${username}` })).status, 201);
  }
  await copy.stop();
  mustRun('check', ...restored.flags);
});

test('restore: refuses a live target, a target with data, and another engine', () => {
  const live = tinhso('restore', backups, ...province.flags);
  if (postgres) assert.match(live.stderr, /restore_target_not_empty/);
  else assert.match(live.stderr, /data_dir_in_use/);
  assert.notEqual(live.status, 0);
  const occupied = tinhso('restore', backups, ...restored.flags);
  assert.equal(occupied.status, 3);
  assert.match(occupied.stderr, /restore_target_not_empty/);
  const other = postgres ? ['--data', join(newFolder(), 'data')] : ['--data', join(newFolder(), 'data'), '--database', 'postgresql://nowhere.invalid/x'];
  assert.match(tinhso('restore', backups, ...other).stderr, /restore_engine_mismatch/);
});

test('restore: with --replace what was there is moved aside', async () => {
  const data = restored.flags[1];
  const flags = postgres ? ['--data', data, '--database', newDatabase()] : restored.flags;
  writeFileSync(join(data, 'mine.txt'), 'mine');
  mustRun('restore', backups, ...flags, '--replace');
  mustRun('check', ...flags);
  const aside = readdirSync(join(data, '..')).find((name) => name.startsWith('data.before-restore-'));
  assert.equal(readFileSync(join(data, '..', aside, 'mine.txt'), 'utf8'), 'mine');
  assert.ok(!existsSync(join(data, 'mine.txt')));
});

test('verify and restore: a damaged backup is refused and the part named', () => {
  const manifest = JSON.parse(readFileSync(join(newest(), 'manifest.json'), 'utf8'));
  const file = readFileSync(join(newest(), 'files.txt'), 'utf8').slice(0, 64);
  const filePath = join('files', file.slice(0, 2), file.slice(2, 4), file);
  const name = newest().slice(backups.length + 1);
  const part = manifest.database.find((one) => one.bytes > 1000).name;
  const cases = [
    ['database', join(name, 'database', part), (path) => flipByte(path, 0.5), part],
    ['short database', join(name, 'database', part), (path) => truncateSync(path, statSync(path).size - 1), part],
    ['file', filePath, (path) => flipByte(path, 0.5), filePath],
    ['folder', join(name, 'folder', 'demo.json'), (path) => flipByte(path, 0.5), 'folder/demo.json'],
    ['list', join(name, 'files.txt'), (path) => flipByte(path, 0.1), 'files.txt'],
    ['manifest', join(name, 'manifest.json'), (path) => flipByte(path, 0.5), 'backup_manifest_damaged']
  ];
  for (const [what, path, damage, named] of cases) {
    const copy = join(newFolder(), 'copy');
    mkdirSync(copy);
    cpSync(join(backups, 'files'), join(copy, 'files'), { recursive: true });
    cpSync(newest(), join(copy, name), { recursive: true });
    mustRun('verify', copy);
    damage(join(copy, path));
    const done = tinhso('verify', copy);
    assert.equal(done.status, 1, what);
    assert.ok((done.stdout + done.stderr).includes(named), `${what}: ${done.stdout}${done.stderr}`);
    const target = freshTarget();
    const refused = tinhso('restore', copy, ...target);
    assert.notEqual(refused.status, 0, what);
    assert.ok(refused.stderr.includes(named), `${what}: ${refused.stderr}`);
    assert.ok(!existsSync(target[1]), `${what}: something was restored`);
  }
});

test('backup: --keep removes the older ones and the files only they had', () => {
  mustRun('backup', ...province.flags, '--to', backups, '--keep', '2');
  assert.equal(readdirSync(backups).filter((n) => /^\d{8}T/.test(n)).length, 2);
  mustRun('verify', backups);
});

test('backup: of nothing is refused', async () => {
  assert.equal(tinhso('backup', '--data', join(newFolder(), 'none'), '--to', backups).status, postgres ? 3 : 3);
  await server.stop();
});
