// The data is moved from SQLite to PostgreSQL and back by one command: killed in the middle it goes on, every table is compared on
// both sides, the check passes, and what was left behind does not open.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { test } from '../lib/runner.mjs';
import { kBin, mustRun, newDatabase, newFolder, serve, tinhso } from '../lib/server.mjs';

const data = join(newFolder(), 'data');
let url;
let before;

/** Runs the move and kills it when it has come to this table. */
function killedAt(table) {
  const child = spawn(kBin, ['move', '--data', data, '--to', url], { stdio: ['ignore', 'ignore', 'pipe'] });
  let seen = '';
  child.stderr.on('data', (bytes) => {
    seen += bytes;
    if (seen.includes(` ${table}:`)) child.kill('SIGKILL');
  });
  return new Promise((done) => child.once('exit', (code, signal) => done(signal)));
}

const digests = (said) => said.split('\n').filter((line) => /dòng \/ rows, [0-9a-f]{16}/.test(line));

test('move: killed in the middle, neither side is taken for the whole', async () => {
  mustRun('demo', '--data', data, '--dossiers', '200');
  url = newDatabase();
  assert.equal(await killedAt('dossier'), 'SIGKILL');
  const refused = tinhso('check', '--data', data, '--database', url);
  assert.equal(refused.status, 3);
  assert.match(refused.stderr, /db_move_unfinished/);
  assert.equal(tinhso('check', '--data', data).status, 0);
});

test('move: taken up again it arrives whole, and the old database no longer opens', async () => {
  const said = mustRun('move', '--data', data, '--to', url);
  before = digests(said);
  assert.ok(before.length > 40, said);
  assert.equal(tinhso('check', '--data', data, '--database', url).status, 0);
  const old = tinhso('check', '--data', data);
  assert.equal(old.status, 3);
  assert.match(old.stderr, /db_moved/);
  const again = tinhso('move', '--data', data, '--to', url);
  assert.equal(again.status, 3);
  assert.match(again.stderr, /db_target_not_empty/);
});

test('move: people work on it, and while they do it is not moved again', async () => {
  const server = await serve({ data, flags: ['--data', data, '--database', url] }, { web: false });
  const citizen = new Client(server.base);
  await citizen.signIn('cong-dan');
  assert.equal((await citizen.get('/api/v1/dossiers')).status, 200);
  const live = tinhso('move', '--data', newFolder(), '--from', url);
  assert.equal(live.status, 3);
  assert.match(live.stderr, /db_target_live/);
  await server.stop();
});

test('move: and back', async () => {
  const back = newFolder();
  for (const name of ['files', 'audit.key']) if (existsSync(join(data, name))) cpSync(join(data, name), join(back, name), { recursive: true });
  const said = mustRun('move', '--data', back, '--from', url);
  assert.equal(digests(said).length, before.length);
  assert.equal(tinhso('check', '--data', back).status, 0);
});
