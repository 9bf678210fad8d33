// Notices and counts as they happen, seen by clients outside.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { openEvents } from '../lib/events.mjs';
import { newBirth } from '../lib/samples.mjs';
import { newProvince, serve } from '../lib/server.mjs';

test('live: the person hears of her dossier, the office of its work, and coming back brings what was missed', async () => {
  const [citizen, desk] = [await as('cong-dan'), await as('mot-cua')];
  const [hers, theirs] = [await openEvents(citizen), await openEvents(desk)];
  assert.equal(hers.headers.get('x-accel-buffering'), 'no');
  const { unread } = await hers.until((one) => one.name === 'hello');
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  await theirs.until((one) => one.name === 'inbox');
  await theirs.until((one) => one.name === 'notice' && one.notice.subject === code);
  await desk.act(code, 'accept');
  const told = await hers.until((one) => one.name === 'notice' && one.notice.kind === 'dossier.accept' && one.notice.subject === code);
  assert.ok(told.unread > unread);
  await hers.close();
  await desk.act(code, 'request_supplement', { reason: 'Thiếu giấy tờ', items: ['Giấy chứng sinh'] }).catch(() => undefined);
  const specialist = await as('chuyen-vien');
  await specialist.act(code, 'take').catch(() => undefined);
  const again = await openEvents(citizen, { lastEventId: told.id });
  await again.until((one) => one.name === 'notice' && one.notice.subject === code && one.notice.kind !== 'dossier.accept');
  await Promise.all([again.close(), theirs.close()]);
});

test('live: a stream ends with its session; a ninth of one account is refused', async () => {
  const { base } = await world();
  const client = new Client(base);
  await client.signIn('nguoi-dan-2');
  const streams = [];
  for (let i = 0; i < 8; i++) streams.push(await openEvents(client));
  const ninth = await client.get('/api/v1/events');
  assert.deepEqual([ninth.status, ninth.body.reason], [429, 'streams_account_max']);
  assert.ok(Number(ninth.headers.get('retry-after')) > 0);
  assert.equal((await client.call('DELETE', '/api/v1/session')).status, 204);
  await Promise.all(streams.map((one) => one.ended()));
});

test('live: stopping the server ends open streams at once', async () => {
  const province = newProvince({ dossiers: 0 });
  const server = await serve(province, { web: false });
  const client = new Client(server.base);
  await client.signIn('cong-dan');
  const stream = await openEvents(client);
  await stream.until((one) => one.name === 'hello');
  const started = performance.now();
  assert.equal((await server.stop()).code, 0);
  await stream.ended();
  assert.ok(performance.now() - started < 10_000, 'the stop waited for the stream');
});
