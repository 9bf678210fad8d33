// Ways to sign in and to get back in, each held to an implementation that is not ours: oathtool, @simplewebauthn/server, oidc-provider.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { test } from '../lib/runner.mjs';
import { Authenticator } from '../lib/authenticator.mjs';
import { Client, kPassword } from '../lib/client.mjs';
import { startIdentityProvider, visit } from '../lib/identity_provider.mjs';
import { newProvince, serve } from '../lib/server.mjs';
import { anyone, as, world } from '../lib/world.mjs';

const kOwn = 'mat-khau-cua-rieng-toi';
let made = 0;

/** A fresh citizen account with its own password, signed in. */
async function newcomer() {
  const admin = await as('quan-tri');
  const username = `bao-mat-${++made}`;
  const account = await admin.post('/api/v1/admin/accounts', { username, full_name: 'Người Thử Bảo Mật' });
  assert.equal(account.status, 201, String(account.bytes));
  const client = await anyone();
  await client.signIn(username, account.body.one_time_password);
  const changed = await client.post('/api/v1/me/password', { current_password: account.body.one_time_password, new_password: kOwn });
  assert.equal(changed.status, 204, String(changed.bytes));
  return { client, username, id: account.body.account_id };
}

const oathtool = (secret, secondsOn = 0) => execFileSync('oathtool', ['--totp', '-b', secret, `--now=@${Math.floor(Date.now() / 1000) + secondsOn}`], { encoding: 'utf8' }).trim();

test('two steps: a code of oathtool enrols and signs in, once; recovery codes stand in', async () => {
  const { client, username } = await newcomer();
  const begun = await client.post('/api/v1/me/totp');
  assert.match(begun.body.uri, /^otpauth:\/\/totp\//);
  const { secret } = begun.body;
  const confirmed = await client.post('/api/v1/me/totp/confirm', { code: oathtool(secret) });
  assert.equal(confirmed.status, 200, String(confirmed.bytes));
  assert.equal(confirmed.body.recovery_codes.length, 10);

  const fresh = await anyone();
  const half = async () => {
    const answer = await fresh.post('/api/v1/session', { username, password: kOwn });
    assert.equal(answer.status, 202, String(answer.bytes));
    return answer.body.ceremony;
  };
  // The step of enrolling is used up; the next one is within the skew.
  const code = oathtool(secret, 30);
  const signedIn = await fresh.post('/api/v1/session/second-factor', { ceremony: await half(), code });
  assert.equal(signedIn.status, 200, String(signedIn.bytes));
  assert.equal((await fresh.post('/api/v1/session/second-factor', { ceremony: await half(), code })).body.reason, 'code_wrong', 'a code is replayed');
  const recovered = await fresh.post('/api/v1/session/second-factor', { ceremony: await half(), code: confirmed.body.recovery_codes[0] });
  assert.equal(recovered.status, 200);
  assert.equal((await fresh.get('/api/v1/me/security')).body.recovery_codes_left, 9);
  assert.equal((await fresh.post('/api/v1/me/recovery-codes')).body.recovery_codes.length, 10);
  assert.equal((await fresh.post('/api/v1/me/confirm', { password: kOwn })).status, 204);
  assert.equal((await fresh.call('DELETE', '/api/v1/me/totp')).status, 204);
  await fresh.signIn(username, kOwn);
});

/** Whether an outside verifier takes the bytes. */
async function outside(verify) {
  try {
    return (await verify()).verified;
  } catch {
    return false;
  }
}

test('passkeys: ours and an outside verifier take and refuse the same bytes', async () => {
  const { client, username } = await newcomer();
  const origin = `http://localhost:${(await world()).server.port}`;
  const good = new Authenticator(origin);
  const bends = [
    ['another origin', (a) => (a.origin = 'https://ke-gia.example')],
    ['another relying party', (a) => (a.rpId = 'ke-gia.example')],
    ['an unverified user', (a) => (a.flags = 0x01)],
    ['an absent user', (a) => (a.flags = 0x04)]
  ];
  const bent = ([, bend]) => {
    const one = Object.assign(Object.create(Authenticator.prototype), good);
    bend(one);
    return one;
  };
  const expected = (challenge) => ({ expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: 'localhost', requireUserVerification: true });

  for (const [name, device] of [['the good one', good], ...bends.map((one) => [one[0], bent(one)])]) {
    const options = (await client.post('/api/v1/me/passkeys/options')).body;
    const credential = device.register(options);
    const theirs = await outside(() => verifyRegistrationResponse({ response: credential, ...expected(options.challenge) }));
    const ours = await client.post('/api/v1/me/passkeys', { name: 'Máy thử', credential });
    assert.equal(ours.status === 201, theirs, `registering, ${name}: we ${ours.status}, they ${theirs}`);
    assert.equal(theirs, device === good);
  }
  const key = async () => {
    const options = (await client.post('/api/v1/me/passkeys/options')).body;
    return (await verifyRegistrationResponse({ response: good.register(options), ...expected(options.challenge) })).registrationInfo.credential;
  };
  const known = await key();
  for (const [name, device] of [...bends.map((one) => [one[0], bent(one)]), ['another key', Object.assign(new Authenticator(origin), { id: good.id })], ['the good one', good]]) {
    const fresh = await anyone();
    const options = (await fresh.post('/api/v1/session/passkey/options')).body;
    const credential = device.sign(options);
    const theirs = await outside(() => verifyAuthenticationResponse({ response: credential, ...expected(options.challenge), credential: known }));
    const ours = await fresh.post('/api/v1/session/passkey', { credential });
    assert.equal(ours.status === 200, theirs, `signing in, ${name}: we ${ours.status} ${ours.bytes}, they ${theirs}`);
    assert.equal(theirs, device === good);
    if (theirs) assert.equal(ours.body.username, username);
    assert.equal((await fresh.post('/api/v1/session/passkey', { credential })).body.reason, 'passkey_invalid', 'an answer is used once');
  }
  // A counter that does not grow.
  good.count = 9;
  const use = async () => {
    const fresh = await anyone();
    return fresh.post('/api/v1/session/passkey', { credential: good.sign((await fresh.post('/api/v1/session/passkey/options')).body) });
  };
  assert.equal((await use()).status, 200);
  assert.equal((await use()).body.reason, 'passkey_copied');

  const [stored] = (await client.get('/api/v1/me/security')).body.passkeys;
  assert.equal((await client.call('PATCH', `/api/v1/me/passkeys/${stored.passkey_id}`, { name: 'Máy ở nhà' })).status, 204);
  assert.equal((await client.call('DELETE', `/api/v1/me/passkeys/${stored.passkey_id}`)).status, 204);
});

test('sessions: listed, ended one by one and all others', async () => {
  const { client, username } = await newcomer();
  const [one, other] = [await anyone(), await anyone()];
  await one.signIn(username, kOwn);
  await other.signIn(username, kOwn);
  const { items } = (await client.get('/api/v1/me/sessions')).body;
  assert.equal(items.length, 3);
  assert.equal(items.filter((session) => session.current).length, 1);
  assert.equal((await client.call('DELETE', `/api/v1/me/sessions/${items[0].session_id}`)).status, 204);
  assert.equal((await other.get('/api/v1/me')).status, 401);
  assert.equal((await client.post('/api/v1/me/sessions/end-others')).body.ended, 1);
  assert.equal((await one.get('/api/v1/me')).status, 401);
  assert.equal((await client.get('/api/v1/me')).status, 200);
});

test('recovery: two administrators and a code; the proposer alone cannot', async () => {
  const { client, username, id } = await newcomer();
  const [first, second, lost] = [await as('quan-tri'), await as('quan-tri-2'), await anyone()];
  const proposed = await first.post(`/api/v1/admin/accounts/${id}/recovery`, { reason: 'Mất điện thoại; đã xem căn cước' });
  assert.equal(proposed.status, 201, String(proposed.bytes));
  const decision = `/api/v1/admin/recoveries/${proposed.body.recovery_id}/decision`;
  assert.equal((await first.post(decision, { approve: true })).body.reason, 'recovery_needs_second_person');
  const approved = await second.post(decision, { approve: true });
  assert.equal(approved.status, 200, String(approved.bytes));
  const body = { username, code: approved.body.one_time_code, new_password: 'mat-khau-sau-khi-mat' };
  assert.equal((await lost.post('/api/v1/session/recovery', body)).body.username, username);
  assert.equal((await client.get('/api/v1/me')).status, 401);
  assert.equal((await lost.post('/api/v1/session/recovery', body)).body.reason, 'recovery_code_wrong');
  assert.ok((await first.get('/api/v1/admin/recoveries')).body.items.some((one) => one.recovery_id === proposed.body.recovery_id && one.state === 'used'));
});

test('machines: a token opens its scope on the API, is shown once and revoked', async () => {
  const admin = await as('quan-tri');
  assert.equal((await admin.post('/api/v1/me/confirm', { password: kPassword })).status, 204);
  const machine = await admin.post('/api/v1/admin/machines', { username: 'phan-mem-bao-cao', full_name: 'Phần mềm báo cáo', unit_code: 'H12.126.01' });
  assert.equal(machine.status, 201, String(machine.bytes));
  const path = `/api/v1/admin/machines/${machine.body.account_id}/tokens`;
  const expires_on = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  const token = await admin.post(path, { name: 'Báo cáo', scopes: ['person.search'], expires_on });
  assert.equal(token.status, 201, String(token.bytes));
  const outsider = await anyone();
  const bearer = { authorization: `Bearer ${token.body.token}` };
  assert.equal((await outsider.get('/api/v1/persons?personal_no=096190001234', bearer)).status, 200);
  assert.equal((await outsider.get('/api/v1/inbox', bearer)).status, 403);
  assert.equal((await outsider.get('/api/v1/admin/accounts', bearer)).status, 403);
  assert.equal((await outsider.get('/api/v1/persons?personal_no=096190001234', { authorization: 'Bearer tinhso_doan-mo' })).status, 401);
  const listed = (await admin.get('/api/v1/admin/machines')).body.items.find((one) => one.username === 'phan-mem-bao-cao');
  assert.ok(listed.tokens[0].used_at && !('token' in listed.tokens[0]));
  assert.equal((await admin.call('DELETE', `${path}/${token.body.token_id}`)).status, 204);
  assert.equal((await outsider.get('/api/v1/persons?personal_no=096190001234', bearer)).status, 401);
});

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

test('identity providers: sign in, link, refuse every forged token', async () => {
  const port = await freePort();
  const returnUrl = `http://localhost:${port}/dang-nhap/tro-ve`;
  const one = await startIdentityProvider({ clientId: 'tinhso', secret: 'bi-mat-1', returnUrl });
  const other = await startIdentityProvider({ clientId: 'tinhso-hai', secret: 'bi-mat-2', returnUrl, alg: 'ES256', inUserinfo: true });
  const settings = (name, sandbox, id, secret) => ({ [`TINHSO_OIDC_${name}_NAME`]: name, [`TINHSO_OIDC_${name}_ISSUER`]: sandbox.issuer, [`TINHSO_OIDC_${name}_CLIENT_ID`]: id, [`TINHSO_OIDC_${name}_CLIENT_SECRET`]: secret, [`TINHSO_OIDC_${name}_LEVELS`]: '1,2', [`TINHSO_OIDC_${name}_LEVEL_VERIFIED`]: '2' });
  const env = { ...settings('MOT', one, 'tinhso', 'bi-mat-1'), ...settings('HAI', other, 'tinhso-hai', 'bi-mat-2'), TINHSO_OIDC_HAI_USE_USERINFO: 'true' };
  Object.assign(process.env, env);
  const server = await serve(newProvince({ dossiers: 0 }), { listen: `127.0.0.1:${port}`, args: ['--public-url', `http://localhost:${port}`], web: false });
  for (const name of Object.keys(env)) delete process.env[name];
  const site = await new Client(server.base).get('/api/v1/site');
  assert.deepEqual(site.body.sign_in.providers.map((provider) => provider.provider), ['hai', 'mot']);

  const citizen = { name: 'Nguyễn Thị Mỹ Hạnh', birthdate: '1990-05-14', gender: 'female', personal_no: '096190001234' };
  async function through(client, provider, sandbox, who, { forge, path = '/api/v1/session/oidc/start', bend = (back) => back } = {}) {
    Object.assign(sandbox, { who, forge: forge ?? null });
    const begun = await client.post(path, { provider });
    assert.equal(begun.status, 200, String(begun.bytes));
    const { state, code, iss } = bend(await visit(begun.body.authorization_url, returnUrl));
    return client.post('/api/v1/session/oidc', { state, code, ...(iss && { iss }) });
  }
  const fresh = () => new Client(server.base);

  // A claimed number opens nobody's account; a verified one its own.
  assert.equal((await through(fresh(), 'mot', one, { ...citizen, sub: 'hanh', level: '1' })).body.reason, 'oidc_link_needs_sign_in');
  const back = await through(fresh(), 'mot', one, { ...citizen, sub: 'hanh', level: '2' });
  assert.equal(back.status, 200, String(back.bytes));
  assert.equal(back.body.username, 'cong-dan');
  // A new person, through the provider that signs with ES256 and tells more at its userinfo endpoint.
  const somebody = { sub: 'nguoi-moi', name: 'Lý Văn Mới', birthdate: '15/08/1992', gender: 'nam', personal_no: '096092123456', level: 2 };
  const client = fresh();
  const first = await through(client, 'hai', other, somebody);
  assert.equal(first.status, 200, String(first.bytes));
  assert.deepEqual([first.body.full_name, first.body.person.personal_no, first.body.person.birth_on, first.body.roles], ['Lý Văn Mới', '096092123456', '1992-08-15', ['citizen']]);
  assert.equal((await through(fresh(), 'hai', other, somebody)).body.username, first.body.username);
  // Leaving goes on at the provider.
  const left = await client.call('DELETE', '/api/v1/session');
  assert.equal(left.status, 200);
  assert.ok(left.body.continue_url.startsWith(`${other.issuer}/session/end?`), left.body.continue_url);
  // Linking from one's own account.
  const officer = fresh();
  await officer.signIn('chuyen-vien');
  const linked = await through(officer, 'mot', one, { sub: 'khai', name: 'Phạm Hoàng Khải', level: '1' }, { path: '/api/v1/me/links' });
  assert.equal(linked.status, 200, String(linked.bytes));
  assert.equal((await through(fresh(), 'mot', one, { sub: 'khai', level: '1' })).body.username, 'chuyen-vien');
  assert.equal((await officer.call('DELETE', '/api/v1/me/links/mot')).status, 204);

  const now = Math.floor(Date.now() / 1000);
  const forgeries = {
    nonce: (claims) => (claims.nonce = 'khac'),
    aud: (claims) => (claims.aud = 'khac'),
    iss: (claims) => (claims.iss = 'https://ke-gia.example'),
    expired: (claims) => (claims.exp = now - 3600),
    'from the future': (claims) => (claims.iat = now + 3600),
    'no subject': (claims) => delete claims.sub,
    'alg none': (_claims, header) => Object.assign(header, { alg: 'none' }),
    'alg HS256': (_claims, header) => Object.assign(header, { alg: 'HS256' }),
    'unknown kid': (_claims, header) => (header.kid = 'khong-co')
  };
  for (const [name, forge] of Object.entries(forgeries)) {
    const thief = fresh();
    const answer = await through(thief, 'mot', one, { ...citizen, sub: 'hanh', level: '2' }, { forge });
    assert.equal(answer.body.reason, 'oidc_token_invalid', name);
    assert.equal((await thief.get('/api/v1/me')).status, 401, name);
  }
  const bends = {
    'another state': [(answer) => ({ ...answer, state: 'khac' }), 'oidc_state_wrong'],
    'another code': [(answer) => ({ ...answer, code: 'khac' }), 'oidc_code_refused'],
    'another issuer': [(answer) => ({ ...answer, iss: other.issuer }), 'oidc_token_invalid'],
    'no issuer': [({ state, code }) => ({ state, code }), 'oidc_token_invalid']
  };
  for (const [name, [bend, reason]] of Object.entries(bends)) assert.equal((await through(fresh(), 'mot', one, { ...citizen, sub: 'hanh', level: '2' }, { bend })).body.reason, reason, name);
  // The answer of one browser is worth nothing in another.
  const [victim, thief] = [fresh(), fresh()];
  Object.assign(one, { who: { ...citizen, sub: 'hanh', level: '2' }, forge: null });
  const begun = await thief.post('/api/v1/session/oidc/start', { provider: 'mot' });
  const { state, code, iss } = await visit(begun.body.authorization_url, returnUrl);
  assert.equal((await victim.post('/api/v1/session/oidc', { state, code, iss })).body.reason, 'oidc_state_wrong');
  await server.stop();
}, { timeout: 120_000 });
