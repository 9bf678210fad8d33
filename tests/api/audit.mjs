// The audit log seen from outside: Go's own transparency-log packages read and verify the running server; a person sees who read the
// own data and proves it offline; a second installation co-signs and notices a rewritten history.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, sign, verify as verifySignature } from 'node:crypto';
import { createServer } from 'node:http';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, test } from '../lib/runner.mjs';
import { anyone, as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { newBirth } from '../lib/samples.mjs';
import { kRoot, mustRun, newFolder, newProvince, serve, tinhso, until } from '../lib/server.mjs';

let verifier;
/** Runs the outside verifier: {status, stdout}. Built once, offline, from Debian's golang-golang-x-mod-dev. */
async function verify(...args) {
  if (!verifier) {
    const folder = newFolder();
    const env = { ...process.env, GOPATH: '/usr/share/gocode', GO111MODULE: 'off', GOFLAGS: '', GOCACHE: join(folder, 'cache') };
    const built = spawnSync('go', ['build', '-o', join(folder, 'verify'), join(kRoot, 'tests/audit/verify.go')], { env, encoding: 'utf8' });
    assert.equal(built.status, 0, built.error ? String(built.error) : built.stderr);
    verifier = join(folder, 'verify');
  }
  // Not spawnSync: a proxy of this process may stand between.
  const child = spawn(verifier, args);
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stdout += chunk));
  const status = await new Promise((done) => child.once('close', done));
  return { status, stdout };
}

const sealed = () =>
  until('all events are sealed and signed', async () => {
    const state = (await (await as('quan-tri')).get('/api/v1/admin/audit')).body;
    return state.staged === 0 && state.head?.tree_size === state.sealed && state;
  });

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const plain = async (base, path) => Buffer.from(await (await fetch(base + path)).arrayBuffer());
const urls = (base) => ['-url', `${base}/audit`, '-api', `${base}/api/v1/audit`];

test('audit: Go verifies every tile, entry, proof and the growth of the running log', async () => {
  const { base, province } = await world();
  const first = await sealed();
  const older = join(newFolder(), 'checkpoint');
  writeFileSync(older, await plain(base, '/audit/checkpoint'));
  const officer = await as('chuyen-vien');
  const { body } = await officer.get('/api/v1/dossiers?limit=1');
  await officer.get(`/api/v1/dossiers/${body.items[0].dossier_code}`);
  await new Client(base).signIn('lanh-dao');
  const later = await until('the log has grown', async () => {
    const state = await sealed();
    return state.sealed > first.sealed && state;
  });
  const stranger = await anyone();
  assert.equal((await stranger.get('/audit/tile/entries/000.p/1')).bytes.length, 34);
  assert.equal((await stranger.get('/api/v1/audit/inclusion?leaf_index=0')).body.tree_size, later.head.tree_size);
  assert.deepEqual((await stranger.get(`/api/v1/audit/consistency?from=${later.head.tree_size}`)).body.hashes, []);
  const done = await verify(...urls(base), '-key', later.verifier_key, '-old', older);
  assert.equal(done.status, 0, done.stdout);
  assert.match(done.stdout, /^ok \d{2,}/);
  assert.equal((await verify(...urls(base), '-key', first.witness_key)).status, 1, 'another key does not open it');
  const key = statSync(join(province.data, 'audit.key'));
  assert.equal(key.mode & 0o777, 0o600);
  assert.ok(mustRun('audit', 'key', ...province.flags).includes(later.verifier_key));
});

// Whoever stands between, or serves something else than what was signed, is found out.
test('audit: Go refuses whatever is tampered with on the way', async () => {
  const { base } = await world();
  const { verifier_key: key, sealed: size } = await sealed();
  const flip = (at) => (bytes) => {
    const out = Buffer.from(bytes);
    out[at < 0 ? out.length + at : at] ^= 1;
    return out;
  };
  const line = (n, change) => (bytes) => {
    const lines = bytes.toString().split('\n');
    lines[n] = change(lines[n]);
    return Buffer.from(lines.join('\n'));
  };
  const cases = [
    ['a leaf in a tile', /\/audit\/tile\/0\//, flip(5)],
    ['the last leaf', /\/audit\/tile\/0\//, flip(-1)],
    ['a tile cut short', /\/audit\/tile\/0\//, (bytes) => bytes.subarray(0, -32)],
    ['an entry', /\/audit\/tile\/entries\//, flip(9)],
    ['an entry left out', /\/audit\/tile\/entries\//, (bytes) => bytes.subarray(34)],
    ['the signed size', /\/audit\/checkpoint/, line(1, (n) => String(Number(n) - 1))],
    ['the signed root', /\/audit\/checkpoint/, line(2, (root) => createHash('sha256').update(root).digest('base64'))],
    ['the origin', /\/audit\/checkpoint/, line(0, (name) => `${name}x`)],
    ['the signature', /\/audit\/checkpoint/, line(4, (text) => text.replace(/.{6}$/, 'AAAAA='))],
    ['an inclusion proof', /\/audit\/inclusion/, (bytes) => Buffer.from(bytes.toString().replace(/"hashes":\["./, '"hashes":["' + 'A'))],
    ['a consistency proof', /\/audit\/consistency\?from=\d+/, (bytes) => Buffer.from(bytes.toString().replace(/"hashes":\["[^"]+",/, '"hashes":['))]
  ];
  for (const [name, path, change] of [['nothing', /^$/, null], ...cases]) {
    const proxy = createServer(async (request, response) => {
      let bytes = await plain(base, request.url);
      if (path.test(request.url)) bytes = change(bytes);
      response.end(bytes);
    });
    await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
    const done = await verify(...urls(`http://127.0.0.1:${proxy.address().port}`), '-key', key);
    proxy.close();
    assert.equal(done.status, name === 'nothing' ? 0 : 1, `${name}: ${done.stdout} (${size} leaves)`);
  }
}, { timeout: 180_000 });

test('audit: a person sees who read the own dossier, why and on what basis, and proves it offline', async () => {
  const { province } = await world();
  const citizen = await as('cong-dan');
  const officer = await as('chuyen-vien');
  const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  assert.equal(filed.status, 201, String(filed.bytes));
  const code = filed.body.dossier_code;
  const seen = await officer.get(`/api/v1/dossiers/${code}`);
  assert.equal(seen.status, 200);
  await officer.get(`/api/v1/dossiers/${code}`);
  const about = (await citizen.all('/api/v1/me/data-access', 5)).filter((one) => one.dossier_code === code && one.kind === 'dossier.read');
  assert.equal(about.length, 1, 'read twice within the window, told once');
  const [read] = about;
  assert.equal(read.position, officer.me.assignments.find((one) => one.current)?.position ?? read.position);
  assert.notEqual(read.unit_name, '');
  assert.match(read.legal_basis.vi, /91\/2025\/QH15/);
  assert.ok(read.purpose.vi && read.purpose.en);
  assert.match(read.purpose.vi, /ngoài phần việc đang giữ/, 'the desk holds it: the specialist only looked it up');
  const desk = await as('mot-cua');
  await desk.get(`/api/v1/dossiers/${code}`);
  await desk.get(`/api/v1/dossiers/${code}/slips/01.pdf`);
  const ofDossier = async () => (await citizen.all('/api/v1/me/data-access', 50)).filter((one) => one.dossier_code === code);
  assert.match((await ofDossier())[0].purpose.vi, /Tiếp nhận/);
  assert.equal((await ofDossier()).length, 2, 'the slip is the same read');
  // A search shows many people: each of them is told, with a proof that names nobody else.
  assert.equal((await officer.get(`/api/v1/dossiers?q=${code}`)).body.items.length, 1);
  const listed = await until('the search is sealed', async () => (await citizen.all('/api/v1/me/data-access', 50)).find((one) => one.kind === 'dossier.listed'));
  assert.match(listed.purpose.vi, /trong danh sách/);
  const shown = await until('the search is signed', async () => {
    const answer = await citizen.get(`/api/v1/me/data-access/${listed.event_id}/proof`);
    return answer.status === 200 && answer;
  });
  const extra = Buffer.from(/^extra (.*)$/m.exec(shown.bytes.toString())[1], 'base64').toString();
  assert.match(extra, /^salt [0-9a-f]{32}\nperson \d+\n\n\{/);
  const proof = await until('the read is sealed', async () => {
    const answer = await citizen.get(`/api/v1/me/data-access/${read.event_id}/proof`);
    assert.ok([200, 409].includes(answer.status), String(answer.bytes));
    return answer.status === 200 && answer;
  });
  const { verifier_key: key } = (await citizen.get('/api/v1/audit/log')).body;
  const file = join(newFolder(), 'read.tlog-proof');
  writeFileSync(file, proof.bytes);
  assert.match(mustRun('audit', 'verify', file, '--key', key), /Đúng \/ Verified/);
  assert.equal((await verify('-key', key, '-proof', file)).status, 0);
  for (const change of [(text) => text.replace(/^index .*/m, 'index 0'), (text) => text.replace(/^extra ..../m, 'extra AAAA'), (text) => text.replace(/\n— .*/, '\n— x AAAAAAAA')]) {
    writeFileSync(file, change(proof.bytes.toString()));
    assert.equal(tinhso('audit', 'verify', file, '--key', key).status, 1);
    assert.equal((await verify('-key', key, '-proof', file)).status, 1);
  }
  // The same from the command line; another person gets nothing.
  const again = join(newFolder(), 'again.tlog-proof');
  mustRun('audit', 'prove', read.event_id, '--out', again, ...province.flags);
  assert.equal(tinhso('audit', 'verify', again, '--key', key).status, 0);
  const stranger = await as('nguoi-dan-2');
  assert.equal((await stranger.get(`/api/v1/me/data-access/${read.event_id}/proof`)).status, 404);
  assert.ok(!(await stranger.all('/api/v1/me/data-access', 50)).some((one) => one.event_id === read.event_id));
  assert.equal((await officer.get(`/api/v1/me/data-access/${read.event_id}/proof`)).status, 404);
});

test('audit: the administrator has the whole log checked in the background', async () => {
  const admin = await as('quan-tri');
  const before = (await admin.get('/api/v1/admin/audit')).body.verification?.verified_at;
  assert.equal((await admin.post('/api/v1/admin/audit/verify')).status, 202);
  const { verification } = await until('the check has run', async () => {
    const state = (await admin.get('/api/v1/admin/audit')).body;
    return state.verification && state.verification.verified_at !== before && state;
  });
  assert.deepEqual(verification.problems, []);
  assert.ok(verification.leaves > 0 && verification.checkpoints > 0);
  const officer = await as('chuyen-vien');
  assert.equal((await officer.get('/api/v1/admin/audit')).status, 403);
  assert.equal((await officer.post('/api/v1/admin/audit/verify')).status, 403);
});

/** Statements on a province's database, beside the server: what an intruder with the database could do. */
function tamper(province, sql) {
  const url = province.flags[province.flags.indexOf('--database') + 1];
  const [program, args] = province.flags.includes('--database') ? ['psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', sql]] : ['sqlite3', [join(province.data, 'tinhso.db'), sql]];
  const done = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
}

/** The roots of the perfect subtrees over these entries, as the log's head keeps them. */
function frontier(entries) {
  const roots = [];
  entries.forEach((entry, i) => {
    roots.push(sha256(Buffer.from([0]), Buffer.from(entry, 'hex')));
    for (let carry = i; carry & 1; carry >>= 1) roots.push(sha256(Buffer.from([1]), ...roots.splice(-2)));
  });
  return roots.map((root) => root.toString('hex')).join(' ');
}

test('audit: another installation co-signs, and a rewritten history is found by both', async () => {
  const { base: witnessBase } = await world();
  const witness = await as('quan-tri');
  const { witness_key: witnessKey } = (await witness.get('/api/v1/audit/log')).body;
  const province = newProvince({ dossiers: 0 });
  let server = await serve(province, { web: false });
  let admin = new Client(server.base);
  await admin.signIn('quan-tri');
  const log = (await admin.get('/api/v1/audit/log')).body;

  // Each side names the other's key; wrong ones are refused with the field.
  const wrong = await admin.post('/api/v1/admin/audit/witnesses', { verifier_key: log.verifier_key, url: `${witnessBase}/audit/witness` });
  assert.deepEqual([wrong.status, wrong.body.errors[0].pointer], [422, '/verifier_key']);
  assert.equal((await admin.post('/api/v1/admin/audit/witnesses', { verifier_key: witnessKey, url: `${witnessBase}/audit/witness` })).status, 204);
  assert.equal((await witness.post('/api/v1/admin/audit/watched', { verifier_key: log.verifier_key })).status, 204);
  const state = async () => (await admin.get('/api/v1/admin/audit')).body.witnesses[0];
  await until('the witness has signed', async () => (await state()).state === 'ok');

  const checkpoint = async () => String(await plain(server.base, '/audit/checkpoint'));
  const cosigned = await until('the checkpoint carries the cosignature', async () => {
    const text = await checkpoint();
    return text.includes(`\n— ${witnessKey.split('+')[0]} `) && text;
  });
  const done = await verify('-url', `${server.base}/audit`, '-key', log.verifier_key, '-witness', witnessKey);
  assert.equal(done.status, 0, done.stdout);
  // The same again by hand is signed again; an old size is answered with the one seen.
  const own = cosigned.split('\n').slice(0, 5).join('\n') + '\n';
  const size = cosigned.split('\n')[1];
  const again = await witness.call('POST', '/audit/witness/add-checkpoint', `old ${size}\n\n${own}`, { 'content-type': 'text/plain' });
  assert.equal(again.status, 200, String(again.bytes));
  const stale = await witness.call('POST', '/audit/witness/add-checkpoint', `old 0\n\n${own}`, { 'content-type': 'text/plain' });
  assert.deepEqual([stale.status, stale.type, String(stale.bytes)], [409, 'text/x.tlog.size', `${size}\n`]);

  // An intruder with database and key: the first event is replaced, everything after it is made to fit.
  const older = join(newFolder(), 'checkpoint');
  writeFileSync(older, cosigned);
  await server.stop();
  tamper(province, 'DELETE FROM audit_checkpoint');
  tamper(province, 'UPDATE audit_entry SET entry_hash = (SELECT e.entry_hash FROM audit_entry AS e WHERE e.leaf_index = 1) WHERE leaf_index = 0');
  const entries = tamper(province, 'SELECT entry_hash FROM audit_entry ORDER BY leaf_index').split('\n');
  tamper(province, `UPDATE audit_log SET frontier = '${frontier(entries)}'`);
  server = await serve(province, { web: false });
  admin = new Client(server.base);
  await admin.signIn('quan-tri');
  await until('the log raises the alarm', async () => (await state()).state === 'alarm');
  const seen = (await witness.get('/api/v1/admin/audit')).body.watched.find((one) => one.verifier_key === log.verifier_key);
  assert.equal(seen.alarm, 'proof_refused');
  assert.ok(seen.alarm_note.startsWith(log.origin), 'the refused checkpoint is kept');
  const found = await verify('-url', `${server.base}/audit`, '-key', log.verifier_key, '-old', older);
  assert.equal(found.status, 1, 'whoever kept an old checkpoint finds it too');
  assert.match(found.stdout, /rewritten/);
  await server.stop();
  const check = tinhso('check', ...province.flags);
  assert.equal(check.status, 1);
  assert.match(check.stdout, /leaf 0: event \d+ does not match its hash/);
  assert.match(check.stdout, /contradicts this log/);

  // Put right on both sides, and recorded in the witness's own log.
  assert.equal((await witness.call('DELETE', `/api/v1/admin/audit/watched/${seen.key_id}`)).status, 204);
  assert.equal((await witness.call('DELETE', `/api/v1/admin/audit/watched/${seen.key_id}`)).status, 404);
}, { timeout: 180_000 });

test('audit: the log gets a new key; the witness and Go follow from the old one, and a forged change is refused', async () => {
  const { base: witnessBase } = await world();
  const witness = await as('quan-tri');
  const { witness_key: witnessKey } = (await witness.get('/api/v1/audit/log')).body;
  const province = newProvince({ dossiers: 0 });
  let server = await serve(province, { web: false });
  let admin = new Client(server.base);
  await admin.signIn('quan-tri');
  const old = (await admin.get('/api/v1/audit/log')).body;
  assert.deepEqual(old.rotations, []);
  assert.equal((await admin.post('/api/v1/admin/audit/witnesses', { verifier_key: witnessKey, url: `${witnessBase}/audit/witness` })).status, 204);
  assert.equal((await witness.post('/api/v1/admin/audit/watched', { verifier_key: old.verifier_key })).status, 204);
  const state = async () => (await admin.get('/api/v1/admin/audit')).body.witnesses[0];
  await until('the witness has signed', async () => (await state()).state === 'ok');
  const older = join(newFolder(), 'checkpoint');
  writeFileSync(older, await plain(server.base, '/audit/checkpoint'));
  if (process.env.TINHSO_TESTS_ON === 'sqlite') {
    const running = tinhso('audit', 'rotate-key', ...province.flags);
    assert.equal(running.status, 4, 'not under a running server');
  }
  await server.stop();
  const said = mustRun('audit', 'rotate-key', ...province.flags);
  server = await serve(province, { web: false });
  admin = new Client(server.base);
  await admin.signIn('quan-tri');
  const log = (await admin.get('/api/v1/audit/log')).body;
  assert.ok(said.includes(log.verifier_key) && log.verifier_key !== old.verifier_key);
  assert.deepEqual(log.rotations.map((one) => [one.old_key, one.new_key]), [[old.verifier_key, log.verifier_key]]);
  const { seen_size: followed } = await until('the witness has followed', async () => {
    const now = await state();
    return now.state === 'ok' && now.seen_size > log.rotations[0].tree_size && now;
  });
  assert.ok(followed > 0);
  const watched = (await witness.get('/api/v1/admin/audit')).body.watched.find((one) => one.origin === log.origin);
  assert.equal(watched.verifier_key, log.verifier_key);
  // Who knows the old key only walks to the new one; who knows the new one needs no walk.
  for (const key of [old.verifier_key, log.verifier_key]) {
    const done = await verify(...urls(server.base), '-key', key, '-witness', witnessKey);
    assert.equal(done.status, 0, done.stdout);
  }
  const grown = await verify(...urls(server.base), '-key', old.verifier_key, '-old', older);
  assert.equal(grown.status, 0, grown.stdout);
  // A server that announces a key of its own making cannot make the old one sign it.
  const forger = createServer(async (request, response) => {
    const bytes = await plain(server.base, request.url);
    if (request.url !== '/api/v1/audit/log') return response.end(bytes);
    const answer = JSON.parse(bytes);
    answer.rotations[0].checkpoint = answer.rotations[0].checkpoint.replace(/^\u2014 .*\n/m, '');
    response.end(JSON.stringify(answer));
  });
  await new Promise((done) => forger.listen(0, '127.0.0.1', done));
  const forged = await verify(...urls(`http://127.0.0.1:${forger.address().port}`), '-key', old.verifier_key);
  forger.close();
  assert.equal(forged.status, 1);
  assert.match(forged.stdout, /not signed by both/);
  await server.stop();
  const check = tinhso('check', ...province.flags);
  assert.equal(check.status, 0, check.stdout);
  assert.equal((await witness.call('DELETE', `/api/v1/admin/audit/watched/${watched.key_id}`)).status, 204);
}, { timeout: 180_000 });

// A log made here, by this protocol's other side: nothing of the server's own code signs or checks.
test('audit: co-signs a log made outside as the protocol says, and keeps proof of its lies', async () => {
  const admin = await as('quan-tri');
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const name = 'nhat-ky.example.vn/audit';
  const keyOf = (type) => {
    const bytes = Buffer.concat([Buffer.from([type]), raw]);
    return { id: sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4), text: bytes.toString('base64') };
  };
  const vkey = (type) => `${name}+${keyOf(type).id.toString('hex')}+${keyOf(type).text}`;
  const checkpoint = (size, root, key = privateKey) => {
    const text = `${name}\n${size}\n${root.toString('base64')}\n`;
    return `${text}\n— ${name} ${Buffer.concat([keyOf(1).id, sign(null, Buffer.from(text), key)]).toString('base64')}\n`;
  };
  const send = (old, note, hashes = []) => admin.call('POST', '/audit/witness/add-checkpoint', `old ${old}\n${hashes.map((hash) => `${hash.toString('base64')}\n`).join('')}\n${note}`, { 'content-type': 'text/plain' });
  const [a, b, c] = ['a', 'b', 'c'].map((data) => sha256(Buffer.from([0]), Buffer.from(data)));
  const two = sha256(Buffer.from([1]), a, b);
  const three = sha256(Buffer.from([1]), two, c);

  assert.equal((await send(0, checkpoint(2, two))).status, 404, 'not watched');
  assert.equal((await admin.post('/api/v1/admin/audit/watched', { verifier_key: vkey(4) })).status, 422, 'a witness key is no log key');
  assert.equal((await admin.post('/api/v1/admin/audit/watched', { verifier_key: vkey(1) })).status, 204);
  assert.equal((await admin.post('/api/v1/admin/audit/watched', { verifier_key: vkey(1) })).body.reason, 'audit_watched_exists');
  assert.equal((await send(0, checkpoint(2, two, generateKeyPairSync('ed25519').privateKey))).status, 403);
  assert.equal((await send(3, checkpoint(2, two))).status, 400);
  assert.equal((await admin.call('POST', '/audit/witness/add-checkpoint', 'old 0\n\nrubbish', { 'content-type': 'text/plain' })).status, 400);
  assert.equal((await admin.call('POST', '/audit/witness/add-checkpoint', 'x'.repeat(17_000), { 'content-type': 'text/plain' })).status, 413);
  const first = await send(0, checkpoint(2, two));
  assert.equal(first.status, 200, String(first.bytes));
  const { witness_key: witnessKey } = (await admin.get('/api/v1/audit/log')).body;
  const [, witnessName, witnessId, witnessRaw] = witnessKey.match(/^([^+]+)\+([^+]+)\+(.+)$/);
  const line = String(first.bytes).match(/^— (\S+) (\S+)\n$/);
  assert.equal(line[1], witnessName);
  const signature = Buffer.from(line[2], 'base64');
  assert.equal(signature.subarray(0, 4).toString('hex'), witnessId);
  const time = signature.readBigUInt64BE(4);
  assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 120);
  const witnessPublic = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(witnessRaw, 'base64').subarray(1)]), format: 'der', type: 'spki' });
  const signed = Buffer.from(`cosignature/v1\ntime ${time}\n${name}\n2\n${two.toString('base64')}\n`);
  assert.ok(verifySignature(null, signed, witnessPublic, signature.subarray(12)));

  const stale = await send(0, checkpoint(3, three));
  assert.deepEqual([stale.status, stale.type, String(stale.bytes)], [409, 'text/x.tlog.size', '2\n']);
  assert.equal((await send(2, checkpoint(3, three), [a])).status, 422);
  assert.equal((await send(2, checkpoint(3, three), [c])).status, 200);
  assert.equal((await send(3, checkpoint(3, two))).status, 409, 'another tree of the same size');
  const seen = (await admin.get('/api/v1/admin/audit')).body.watched.find((one) => one.origin === name);
  assert.deepEqual([seen.seen_size, seen.alarm], [3, 'rewritten']);
  assert.equal(seen.alarm_note, checkpoint(3, two));
  const { verification } = await (async () => {
    await admin.post('/api/v1/admin/audit/verify');
    return until('the check tells of it', async () => {
      const state = (await admin.get('/api/v1/admin/audit')).body;
      return state.verification?.problems.length && state;
    });
  })();
  assert.match(verification.problems.join('\n'), /nhat-ky.example.vn\/audit has rewritten its history/);
  assert.equal((await admin.call('DELETE', `/api/v1/admin/audit/watched/${seen.key_id}`)).status, 204);
  assert.equal((await admin.call('DELETE', `/api/v1/admin/audit/watched/${seen.key_id}`)).status, 404);
  // A witness of ours: kept, shown, taken off.
  assert.equal((await admin.post('/api/v1/admin/audit/witnesses', { verifier_key: vkey(4), url: 'ftp://x' })).status, 422);
  assert.equal((await admin.post('/api/v1/admin/audit/witnesses', { verifier_key: vkey(4), url: 'http://127.0.0.1:9/' })).status, 204);
  assert.equal((await admin.call('DELETE', `/api/v1/admin/audit/witnesses/${keyOf(4).id.toString('hex')}`)).status, 204);
});

test('audit: an erased person leaves every proof standing', async () => {
  const province = newProvince({ dossiers: 0 });
  mustRun('audit', 'key', ...province.flags);
  const person = tamper(province, 'SELECT person_id FROM person ORDER BY person_id LIMIT 1');
  const account = tamper(province, `SELECT account_id FROM account WHERE person_id = ${person}`);
  const before = /\(([\d.]+) bản ghi/.exec(mustRun('check', ...province.flags))[1];
  const said = mustRun('audit', 'erase', '--person', person, '--account', account, '--basis', 'Yêu cầu xóa dữ liệu số 12/2026', ...province.flags);
  const count = Number(/erased: (\d+)/.exec(said)[1]);
  assert.equal(tinhso('audit', 'erase', '--basis', 'Không nêu ai', ...province.flags).status, 3);
  const check = mustRun('check', ...province.flags);
  assert.match(check, new RegExp(` ${count} đã xóa nội dung / erased`));
  assert.ok(Number(/\(([\d.]+) bản ghi/.exec(check)[1].replace('.', '')) >= Number(before.replace('.', '')));
});
