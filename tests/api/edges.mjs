// The edges of trust: guessing of passwords, demo accounts on the network, broken packs.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { anyone, as, world } from '../lib/world.mjs';
import { Client, kPassword } from '../lib/client.mjs';
import { kRoot, newFolder, newProvince, serve, tinhso } from '../lib/server.mjs';

test('signing in: wrong passwords slow down guessing, of one account only', async () => {
  const stranger = await anyone();
  const wrong = () => stranger.post('/api/v1/session', { username: 'lanh-dao-2', password: 'khong-phai-mat-khau' });
  const unknown = () => stranger.post('/api/v1/session', { username: 'khong-co-nguoi-nay', password: 'khong-phai-mat-khau' });
  const [known, nobody] = [await wrong(), await unknown()];
  assert.deepEqual([known.status, known.body.reason], [401, 'credentials_wrong']);
  assert.deepEqual([nobody.status, nobody.body.reason, nobody.body.title], [known.status, known.body.reason, known.body.title], 'it is not told whether an account exists');
  let answer = known;
  for (let tries = 0; tries < 10 && answer.status !== 429; tries++) answer = await wrong();
  assert.equal(answer.status, 429);
  assert.ok(answer.body.retry_after_s > 0);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  const right = await stranger.post('/api/v1/session', { username: 'lanh-dao-2', password: kPassword });
  assert.equal(right.status, 429, 'the right password waits as well');
  await stranger.signIn('nguoi-dan-3');
});

test('signing in: odd names and passwords are refused, never an error', async () => {
  const stranger = await anyone();
  for (const body of [{}, { username: 'nguoi-la' }, { username: 'nguoi-la', password: '' }, { username: ['nguoi-la'], password: 'x' }, { username: 'a'.repeat(65), password: 'x' }, { username: 'b', password: 'x'.repeat(300) }, { username: 'nguoi-la', password: 'x', admin: true }, [], null, 'nguoi-la']) {
    const answer = await stranger.post('/api/v1/session', JSON.stringify(body));
    assert.ok([400, 401, 422].includes(answer.status), `${JSON.stringify(body).slice(0, 80)}: ${answer.status}`);
  }
  for (const username of ["' OR '1'='1", 'cong-dan\u0000', 'CONG-DAN ', '<script>']) assert.ok([400, 401, 422].includes((await stranger.post('/api/v1/session', { username, password: 'x' })).status), username);
});

test('demo accounts: refused off loopback unless told otherwise', async () => {
  const province = newProvince({ dossiers: 0 });
  const tries = async (args) => {
    const server = await serve(province, { listen: '0.0.0.0:0', args });
    const answer = await new Client(server.base).post('/api/v1/session', { username: 'cong-dan', password: kPassword });
    await server.stop();
    return answer;
  };
  const refused = await tries([]);
  assert.deepEqual([refused.status, refused.body.reason], [403, 'demo_not_allowed']);
  assert.equal((await tries(['--allow-demo-accounts'])).status, 200);
});

test('check: a sound province passes', async () => {
  const { province, server } = await world();
  assert.ok(server.pid);
  const done = tinhso('check', ...newProvince({ dossiers: 20 }).flags);
  assert.equal(done.status, 0, done.stdout + done.stderr);
  // PostgreSQL serves several servers at once; a SQLite folder has one.
  if (process.env.TINHSO_TESTS_ON !== 'sqlite') return;
  assert.equal(tinhso('serve', ...province.flags, '--listen', '127.0.0.1:0').status, 4, 'one server for one data folder');
});

test('packs: a broken one is refused with file and line', () => {
  const folder = newFolder();
  cpSync(join(kRoot, 'packs'), folder, { recursive: true });
  const pack = join(folder, 'ca-mau');
  const name = 'workflows/commune-three-step.yaml';
  const file = join(pack, name);
  const sound = readFileSync(file, 'utf8');
  const line = (text, word) => text.slice(0, text.indexOf(word)).split('\n').length;
  assert.equal(tinhso('pack', 'check', pack).status, 0);
  const island = '  - id: lost_island\n    title: {vi: "Đảo hoang", en: "Lost island"}\n    national_state: 8\n    clock: stopped\n    final: true\n';
  const cases = [
    ['an unreachable state', sound.replace('transitions:\n', `${island}transitions:\n`), 'lost_island'],
    ['an unknown role', sound.replace('by: leader\n', 'by: wizard\n'), 'wizard'],
    ['an unknown state', sound.replace('to: received\n', 'to: nowhere\n'), 'nowhere'],
    ['an unknown effect', sound.replace('[start_clock, hand_over]', '[start_clock, fly]'), 'fly'],
    ['a field nobody knows', sound.replace('initial: submitted\n', 'initial: submitted\nsurprise: 1\n'), 'surprise']
  ];
  for (const [what, text, word] of cases) {
    assert.notEqual(text, sound, what);
    writeFileSync(file, text);
    const done = tinhso('pack', 'check', pack);
    const said = done.stdout + done.stderr;
    assert.equal(done.status, 1, `${what}: ${said}`);
    assert.ok(said.includes(`${name}:${line(text, word)}:`) && said.includes(word), `${what} at line ${line(text, word)}: ${said}`);
  }
  writeFileSync(file, `${sound}\n\t- broken: [`);
  assert.equal(tinhso('pack', 'check', pack).status, 1, 'not YAML');
});
