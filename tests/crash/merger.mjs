// kill -9 in the middle of a merger: the next start goes on where it stopped, and nothing is lost, doubled or rewritten.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { newProvince, serve, tinhso } from '../lib/server.mjs';

const today = new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10);
const kMergerMs = 150_000; // the killed job's lease (60 s) runs out first
const kRounds = 3;

async function until(what, ask, milliseconds) {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < deadline, `${what} did not come`);
    await new Promise((go) => setTimeout(go, 25));
  }
}

test('a merger that is killed again and again is finished by the next start', async () => {
  const province = newProvince({ dossiers: 3000 });
  let server = await serve(province, { web: false });
  const client = async (username) => {
    const one = new Client(server.base);
    await one.signIn(username);
    return one;
  };
  let admin = await client('quan-tri');
  const counts = async (frame) => Object.fromEntries((await admin.get(`/api/v1/inbox/by-unit?frame=${frame}`)).body.items.map((one) => [one.unit_code, one.total]));
  const before = await counts('as_was');
  const seen = (await (await client('mot-cua')).all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  const plan = { effective_on: today, basis: 'NQ thử', predecessors: ['H12.126', 'H12.128', 'H12.101', 'H12.102', 'H12.103'], successor_code: 'H12.190', name: 'Ủy ban nhân dân phường Thử', short_name: 'Phường Thử', area_code: '32002' };
  const { merger_id } = (await admin.post('/api/v1/admin/mergers', plan)).body;
  for (let round = 0; round < kRounds; round++) {
    // Each time a little later; whether it had begun, was half way or done does not matter to what must hold.
    await new Promise((go) => setTimeout(go, round * 15));
    await server.kill();
    server = await serve(province, { web: false });
    admin.base = server.base;
  }
  const done = await until('the end of the merger', async () => {
    const { body } = await admin.get(`/api/v1/admin/mergers/${merger_id}`);
    return body.state === 'done' ? body : null;
  }, kMergerMs);
  for (const { part, expected, moved } of done.parts) assert.equal(moved, expected, part);
  assert.deepEqual(await counts('as_was'), before);
  const now = await counts('as_is');
  assert.equal(now['H12.190'], plan.predecessors.reduce((sum, code) => sum + (before[code] ?? 0), 0));
  const after = (await (await client('mot-cua')).all('/api/v1/dossiers', 100)).map((one) => one.dossier_code);
  for (const code of seen) assert.ok(after.includes(code), code);
  await server.stop();
  assert.equal(tinhso('check', ...province.flags).status, 0);
}, { timeout: 300_000 });
