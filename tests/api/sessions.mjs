// Sessions under attack: forged, fixed, replayed and expired ones are nobody's; another site can do nothing with a good one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from '../lib/runner.mjs';
import { world } from '../lib/world.mjs';
import { Client, kPassword } from '../lib/client.mjs';
import { newProvince, serve } from '../lib/server.mjs';

const kToken = /^[\w-]{43}$/;

async function meWith(base, cookie) {
  return (await fetch(`${base}/api/v1/me`, { headers: { cookie } })).status;
}

test('sessions: every way of forging a token is refused, whatever stands beside it', async () => {
  const { base } = await world();
  const client = new Client(base);
  await client.signIn('nguoi-dan-2');
  const token = client.cookies.get('tinhso_session');
  assert.match(token, kToken);
  const other = (at) => token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
  const forged = [other(0), other(21), other(41), token.slice(0, 42), `${token}A`, token.toLowerCase(), token.split('').reverse().join(''), 'A'.repeat(43), '0'.repeat(43), '%00'.repeat(14), "' OR 1=1 --", '', 'null', '1', '../../x', 'a'.repeat(5000), `${token}%00`, `${token}%20`];
  for (const one of forged) assert.equal(await meWith(base, `tinhso_session=${one}`), 401, one);
  // Other names, other cases and quotes are no session cookie.
  for (const cookie of [`TINHSO_SESSION=${token}`, `tinhso_session="${token}"`, `x_tinhso_session=${token}`, `tinhso_csrf=${token}`]) assert.equal(await meWith(base, cookie), 401, cookie);
  assert.equal(await meWith(base, `a=b; tinhso_session=${token}; c=d`), 200);
});

test('sessions: a token planted before signing in, and every token before the last, is worth nothing', async () => {
  const { base } = await world();
  const client = new Client(base);
  client.cookies.set('tinhso_session', 'F'.repeat(43));
  await client.signIn('nguoi-dan-3');
  const first = client.cookies.get('tinhso_session');
  assert.notEqual(first, 'F'.repeat(43));
  assert.equal(await meWith(base, `tinhso_session=${'F'.repeat(43)}`), 401, 'fixed');
  await client.signIn('nguoi-dan-3');
  const second = client.cookies.get('tinhso_session');
  assert.notEqual(second, first);
  assert.equal(await meWith(base, `tinhso_session=${first}`), 401, 'replayed after signing in again');
  const signedOut = await client.call('DELETE', '/api/v1/session');
  assert.equal(signedOut.status, 204);
  assert.equal(await meWith(base, `tinhso_session=${second}`), 401, 'replayed after signing out');
  const replayed = await fetch(`${base}/api/v1/me`, { method: 'PATCH', headers: { cookie: `tinhso_session=${second}`, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }, body: '{}' });
  assert.equal(replayed.status, 401);
});

test('sessions: the cookie is unreadable to scripts and not sent by other sites', async () => {
  const { base } = await world();
  const answer = await fetch(`${base}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'cong-dan', password: kPassword }) });
  const [session] = answer.headers.getSetCookie().filter((one) => one.startsWith('tinhso_session='));
  assert.match(session, /; HttpOnly/i);
  assert.match(session, /; SameSite=Lax/i);
  assert.match(session, /; Path=\//i);
  assert.doesNotMatch(session, /Domain=/i);
});

test('csrf: no form, script or frame of another site changes anything, by any method or content type', async () => {
  const { base } = await world();
  const client = new Client(base);
  await client.signIn('nguoi-dan-2');
  const cookie = `tinhso_session=${client.cookies.get('tinhso_session')}`;
  const stranger = new Client(base);
  await stranger.signIn('nguoi-dan-3');
  const before = (await client.get('/api/v1/me')).body.person.phone;
  const body = JSON.stringify({ phone: '0911111111' });
  const attacks = [
    {},
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'x-tinhso-csrf': '' },
    { 'x-tinhso-csrf': stranger.cookies.get('tinhso_csrf') },
    { 'x-tinhso-csrf': 'x'.repeat(32), 'sec-fetch-site': 'same-origin' },
    { cookie: `${cookie}; tinhso_csrf=planted`, 'x-tinhso-csrf': 'planted' }
  ];
  for (const headers of attacks) {
    const answer = await fetch(`${base}/api/v1/me`, { method: 'PATCH', headers: { cookie, 'content-type': 'application/json', ...headers }, body });
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.equal((await answer.json()).reason, 'csrf_failed');
  }
  // What a form can send without a question to the server first: never taken as JSON.
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
    const answer = await fetch(`${base}/api/v1/notices/read`, { method: 'POST', headers: { cookie, 'content-type': type, 'sec-fetch-site': 'cross-site' }, body: 'a=1' });
    assert.ok([403, 415].includes(answer.status), type);
  }
  // A method hidden in a header or a field is no method.
  const hidden = await fetch(`${base}/api/v1/me?_method=PATCH`, { headers: { cookie, 'x-http-method-override': 'PATCH' } });
  assert.equal(hidden.status, 200);
  const signIn = await fetch(`${base}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }, body: JSON.stringify({ username: 'cong-dan', password: kPassword }) });
  assert.equal(signIn.status, 403, 'another site signs a visitor in as somebody else');
  // No preflight is answered with leave.
  const preflight = await fetch(`${base}/api/v1/me`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'PATCH' } });
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  assert.equal((await client.get('/api/v1/me')).body.person.phone, before);
});

test('sessions: an expired or long unused one is refused, though its token is right', async () => {
  const province = newProvince({ dossiers: 0 });
  const run = async (sql) => {
    const at = province.flags.indexOf('--database');
    if (at >= 0) execFileSync('psql', ['-X', '-q', '-d', province.flags[at + 1], '-c', sql]);
    else execFileSync('sqlite3', [join(province.data, 'tinhso.db'), sql]);
  };
  const tokens = {};
  let server = await serve(province, { web: false });
  for (const who of ['cong-dan', 'nguoi-dan-2', 'nguoi-dan-3']) {
    const client = new Client(server.base);
    await client.signIn(who);
    tokens[who] = client.cookies.get('tinhso_session');
  }
  await server.stop(); // what it kept in memory is gone
  const of = (who) => `account_id = (SELECT account_id FROM account WHERE username = '${who}')`;
  const us = (hours) => Date.now() * 1000 + hours * 3_600_000_000;
  await run(`UPDATE session SET expires_at_us = ${us(-0.01)} WHERE ${of('cong-dan')}`);
  await run(`UPDATE session SET seen_at_us = ${us(-12.1)} WHERE ${of('nguoi-dan-2')}`);
  await run(`UPDATE session SET seen_at_us = ${us(-11.9)} WHERE ${of('nguoi-dan-3')}`);
  server = await serve(province, { web: false });
  const statuses = [];
  for (const token of Object.values(tokens)) statuses.push(await meWith(server.base, `tinhso_session=${token}`));
  await server.stop();
  assert.deepEqual(statuses, [401, 401, 200]);
});
