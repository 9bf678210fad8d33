// The program under test: a fresh demo province in a temporary folder (and, on PostgreSQL, a fresh database) on a free port.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const kRoot = fileURLToPath(new URL('../..', import.meta.url));
export const kBin = resolve(kRoot, process.env.TINHSO_BIN ?? 'build/release/tinhso');
const kPacks = join(kRoot, 'packs');

const folders = new Set();
const databases = new Set();
const running = new Set();

/** Runs the program to its end: {status, stdout, stderr}. */
export function tinhso(...args) {
  const done = spawnSync(kBin, args, { encoding: 'utf8', timeout: 120_000, env: { ...process.env, TINHSO_PATHS_PACKS: kPacks } });
  if (done.error) throw done.error;
  return done;
}

export function mustRun(...args) {
  const done = tinhso(...args);
  if (done.status !== 0) throw new Error(`tinhso ${args.join(' ')} ended with ${done.status}\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'tinhso-test-'));
  folders.add(folder);
  return folder;
}

function psql(sql) {
  execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', process.env.TINHSO_TEST_POSTGRES, '-c', sql], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The first column of a query on a province's database, as text. */
export function query(province, sql) {
  const at = province.flags.indexOf('--database');
  const [program, args] = at < 0 ? ['sqlite3', [join(province.data, 'tinhso.db'), sql]] : ['psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', province.flags[at + 1], '-c', sql]];
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n').filter(Boolean);
}

/** The flags that put a province's rows into a database of their own, [] on SQLite. */
export function databaseFlags() {
  return process.env.TINHSO_TESTS_ON === 'postgres' ? ['--database', newDatabase()] : [];
}

export function newDatabase() {
  const base = process.env.TINHSO_TEST_POSTGRES;
  if (!base) throw new Error('TINHSO_TEST_POSTGRES names no server (tools/test_postgres.sh start DIR)');
  const name = `tinhso_api_${process.pid}_${databases.size}`;
  psql(`CREATE DATABASE ${name} TEMPLATE template0`);
  databases.add(name);
  return base.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
}

/** A demo province: {data, flags}; flags go to every command about it. */
export function newProvince({ dossiers = 60 } = {}) {
  const data = join(newFolder(), 'data');
  const flags = ['--data', data, ...databaseFlags()];
  mustRun('demo', ...flags, '--dossiers', String(dossiers));
  return { data, flags };
}

/** Starts the server of a province: {base, port, pid, kill(), stop(), output()}. Resolves once it answers. */
export async function serve(province, { listen = '127.0.0.1:0', args = [], web = true, env = {} } = {}) {
  const flags = ['serve', ...province.flags, '--listen', listen, ...args];
  const built = process.env.TINHSO_PATHS_WEB ?? join(kRoot, 'web/build');
  if (web && existsSync(built)) flags.push('--web', built);
  const child = spawn(kBin, flags, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TINHSO_PATHS_PACKS: kPacks, ...env } });
  running.add(child);
  let said = '';
  let ended = null;
  const onEnd = new Promise((done) =>
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      running.delete(child);
      done(ended);
    })
  );
  const port = await new Promise((found, lost) => {
    const read = (chunk) => {
      said += chunk;
      const match = /http:\/\/[^\s/]+:(\d+)/.exec(said);
      if (match) found(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', lost);
    onEnd.then(() => lost(new Error(`the server ended at once (${JSON.stringify(ended)})\n${said}`)));
  });
  const base = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`${base}/readyz`, { headers: { host: `localhost:${port}` } }).then((r) => r.status, () => 0);
    if (ready === 200) break;
    if (ended || tries > 600) throw new Error(`the server is not ready (${ready})\n${said}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    base,
    port,
    pid: child.pid,
    output: () => said,
    async kill() {
      child.kill('SIGKILL');
      return onEnd;
    },
    async stop() {
      child.kill('SIGTERM');
      return onEnd;
    }
  };
}

/** Ends what is still running and removes every folder and database made here. */
export function cleanUp() {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  for (const name of databases) {
    try {
      psql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    } catch {
      // The whole server is thrown away after the tests.
    }
  }
  databases.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.clear();
}

/** Asks again until the answer is truthy; gives that answer. */
export async function until(what, ask, ms = 30_000) {
  for (const end = Date.now() + ms; ; ) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${ms} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export function readText(path) {
  return readFileSync(join(kRoot, path), 'utf8');
}
