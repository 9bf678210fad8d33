// Data of every released version opens under today's program: migrates, checks, serves. tests/migrations/README.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { kRoot, mustRun, newDatabase, newFolder, serve } from '../lib/server.mjs';
import { newBirth } from '../lib/samples.mjs';

const postgres = process.env.TINHSO_TESTS_ON === 'postgres';
const releases = readdirSync(join(kRoot, 'tests/migrations'), { withFileTypes: true }).filter((one) => one.isDirectory()).map((one) => one.name);

/** The released version's data folder and database, as it left them. */
function released(version) {
  const from = join(kRoot, 'tests/migrations', version);
  const data = join(newFolder(), 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'demo.json'), readFileSync(join(from, 'demo.json')));
  const flags = ['--data', data];
  const sql = gunzipSync(readFileSync(join(from, postgres ? 'postgresql.sql.gz' : 'sqlite.sql.gz')));
  if (postgres) {
    const url = newDatabase();
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url], { input: sql, stdio: ['pipe', 'ignore', 'pipe'] });
    flags.push('--database', url);
  } else {
    execFileSync('sqlite3', [join(data, 'tinhso.db')], { input: sql });
  }
  return { data, flags };
}

for (const version of releases)
  test(`upgrade: data of ${version} opens, checks and goes on`, async () => {
    const province = released(version);
    const server = await serve(province, { web: false });
    const citizen = new Client(server.base);
    await citizen.signIn('cong-dan');
    // Every dossier that the release left is there, in the state it was in.
    for (const [code, state] of JSON.parse(readFileSync(join(kRoot, 'tests/migrations', version, `dossiers.${postgres ? 'postgresql' : 'sqlite'}.json`), 'utf8'))) {
      const found = await citizen.get(`/api/v1/track/${code}`);
      assert.equal(found.status, 200, code);
      assert.equal(found.body.state.state ?? found.body.state, state, code);
    }
    const sent = await citizen.post('/api/v1/dossiers', await newBirth(citizen), { 'idempotency-key': 'upgrade-1' });
    assert.equal(sent.status, 201, String(sent.bytes));
    const desk = new Client(server.base);
    await desk.signIn('mot-cua');
    await desk.act(sent.body.dossier_code, 'accept');
    assert.equal((await desk.dossier(sent.body.dossier_code)).state.state, 'received');
    await server.stop();
    mustRun('check', ...province.flags);
  });
