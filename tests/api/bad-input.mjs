// Bad input: nothing broken, false or foreign gets in, and the answer says which field it was.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { anyone, as } from '../lib/world.mjs';
import { daysFromToday, kPng, kWard, newBirth, smallPdf } from '../lib/samples.mjs';

const clone = (value) => structuredClone(value);

async function refused(client, body, pointer, statuses = [422]) {
  const answer = await client.post('/api/v1/dossiers', body);
  const said = String(answer.bytes);
  assert.ok(statuses.includes(answer.status), `${pointer}: ${answer.status} ${said}`);
  if (pointer !== null) assert.ok(answer.body.errors.some((one) => one.pointer.startsWith(pointer)), `${pointer} is not named: ${said}`);
  return answer;
}

test('json: malformed, doubled, deep and huge documents are refused', async () => {
  const citizen = await as('cong-dan');
  const post = async (text) => (await citizen.post('/api/v1/dossiers', text)).status;
  for (const text of ['', '{', '{"a":}', '{"a":1,}', "{'a':1}", '{"a":1}{}', '{"a":NaN}', '{"a":01}', '{"a":"\\x"}', '[1,2', 'nul', '\u0000', '{"a":1,"a":2}', '{"a":"\t"}', '{"a":1e999}'])
    assert.ok([400, 422].includes(await post(text)), `${JSON.stringify(text)} is taken`);
  for (const depth of [40, 100, 100_000]) assert.equal(await post(`{"answers":${'['.repeat(depth)}${']'.repeat(depth)}}`), 400, `depth ${depth}`);
  assert.equal(await post(`{"answers":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`), 400);
  assert.equal(await post(`{"answers":{"child_name":"${'a'.repeat(5 * 1024 * 1024)}"}}`), 413, '5 MB');
  const bytes = await citizen.post('/api/v1/dossiers', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), { 'content-type': 'application/json' });
  assert.ok([400, 422].includes(bytes.status), 'not UTF-8');
  for (const text of ['\\u0000', '\\ud800', '\\u0007', `e${'\\u0301'.repeat(60)}`]) {
    const body = JSON.stringify(await newBirth(citizen)).replace('Nguyễn Gia Bảo', text);
    assert.ok([400, 422].includes(await post(body)), `${text} is taken`);
  }
  const form = await citizen.post('/api/v1/dossiers', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal(form.status, 415);
});

test('fields: unknown ones and wrong types are named', async () => {
  const citizen = await as('cong-dan');
  const good = await newBirth(citizen);
  await refused(citizen, { ...good, surprise: 1 }, '/surprise');
  await refused(citizen, { ...good, answers: { ...good.answers, surprise: 1 } }, '/answers/surprise');
  await refused(citizen, { ...good, papers: [{ paper_id: 'surprise', file_ids: [] }] }, '/papers');
  await refused(citizen, { ...good, declaration: false }, '/declaration');
  await refused(citizen, { ...good, papers: [] }, '/papers');
  for (const key of ['procedure_code', 'unit_code', 'answers', 'papers', 'declaration', 'channel', 'return_method'])
    for (const value of [[[]], 7, { a: 1 }]) {
      if (key === 'answers' && !Array.isArray(value) && typeof value === 'object') continue;
      await refused(citizen, { ...good, [key]: value }, `/${key}`);
    }
  for (const key of Object.keys(good.answers))
    for (const value of [[1], { surprise: 1 }, 3.5]) {
      const body = clone(good);
      body.answers[key] = value;
      await refused(citizen, body, `/answers/${key}`);
    }
  for (const key of ['situation', 'child_name', 'child_birth_on', 'birth_proof']) {
    const body = clone(good);
    delete body.answers[key];
    await refused(citizen, body, `/answers/${key}`);
  }
  await refused(citizen, { ...good, procedure_code: '0.000000' }, null, [404, 422]);
  await refused(citizen, { ...good, unit_code: 'H99.999' }, null, [404, 422]);
  const long = clone(good);
  long.answers.child_name = 'a'.repeat(5000);
  await refused(citizen, long, '/answers/child_name');
  const open = await citizen.get('/api/v1/dossiers?limit=1');
  assert.equal(open.status, 200);
});

test('fields: a personal number that is false, dates that are no dates or to come', async () => {
  const citizen = await as('cong-dan');
  const good = await newBirth(citizen);
  for (const personal_no of ['12345', '096190001234a', '096990001234', '096090001234', '096191001234', '٠٩٦١٩٠٠٠١٢٣٤']) {
    const body = clone(good);
    body.answers.mother = { ...body.answers.mother, personal_no };
    await refused(citizen, body, '/answers/mother');
  }
  for (const on of [daysFromToday(1), daysFromToday(4000), '2026-02-30', '2026-13-01', '26-01-01', '01/11/2026', '2026-1-1', '0000-00-00', '2026-11-01T00:00:00Z']) {
    const body = clone(good);
    body.answers.child_birth_on = on;
    await refused(citizen, body, '/answers/child_birth_on');
  }
});

test('text: decomposed Unicode is stored composed', async () => {
  const citizen = await as('cong-dan');
  const body = await newBirth(citizen);
  const name = 'Nguyễn Thị Ngọc Ánh';
  body.answers.child_name = name.normalize('NFD');
  assert.notEqual(body.answers.child_name, name);
  const filed = await citizen.post('/api/v1/dossiers', body);
  assert.equal(filed.status, 201, String(filed.bytes));
  assert.equal(filed.body.answers.child_name, name);
  assert.equal((await citizen.dossier(filed.body.dossier_code)).answers.child_name, name);
});

test('text: script in every text field stays text or is refused', async () => {
  const citizen = await as('cong-dan');
  const [desk, specialist, leader] = [await as('mot-cua'), await as('chuyen-vien'), await as('lanh-dao')];
  const script = `<script>alert("1")</script><img src=x onerror=alert(2)>' OR 1=1 --`;
  const body = await newBirth(citizen);
  let stored = 0;
  for (const [key, value] of Object.entries(body.answers)) {
    if (typeof value !== 'string') continue;
    const one = clone(body);
    one.answers[key] = script;
    const answer = await citizen.post('/api/v1/dossiers', one);
    assert.ok([201, 422].includes(answer.status), `${key}: ${answer.status}`);
    if (answer.status === 201) {
      stored++;
      assert.equal(answer.body.answers[key], script, key);
      assert.match(answer.type, /^application\/json/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
  }
  assert.ok(stored > 0, 'some field is free text');
  const code = (await citizen.post('/api/v1/dossiers', body)).body.dossier_code;
  await desk.act(code, 'accept', { note: script });
  await specialist.act(code, 'take');
  await specialist.act(code, 'request_supplement', { reason: script, items: [script] });
  const file = await citizen.upload(smallPdf(), 'a.pdf');
  await citizen.act(code, 'supplement', { papers: [{ paper_id: 'birth_notification', name: script, file_ids: [file] }], note: script });
  await specialist.act(code, 'propose', { result_text: script });
  await leader.act(code, 'approve', { note: script });
  await desk.act(code, 'return_result', { receiver_name: script.slice(0, 100) });
  const rated = await citizen.post(`/api/v1/dossiers/${code}/rating`, { score: 3, comment: script });
  assert.equal(rated.body.rating.comment, script);
  assert.equal((await citizen.get(`/api/v1/dossiers/${code}/result.pdf`)).status, 200);
  for (const path of ['/api/v1/procedures?q=', '/api/v1/units?q=']) assert.equal((await citizen.get(path + encodeURIComponent(script))).status, 200);
  for (const path of ['/api/v1/dossiers?q=', '/api/v1/inbox?q=']) assert.deepEqual((await desk.get(path + encodeURIComponent("' OR 1=1 --"))).body.items, []);
});

test('files: the content must be what the name says', async () => {
  const citizen = await as('cong-dan');
  const exe = Buffer.concat([Buffer.from('MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00', 'latin1'), Buffer.alloc(512)]);
  const html = Buffer.from('<!DOCTYPE html><html><body><script>alert(1)</script></body></html>');
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const cases = [
    ['a PNG named .pdf', kPng, 'a.pdf'],
    ['a PDF named .png', smallPdf(), 'a.png'],
    ['a program', exe, 'a.exe'],
    ['a program named .pdf', exe, 'a.pdf'],
    ['a program named .jpg', exe, 'a.jpg'],
    ['HTML', html, 'a.html'],
    ['HTML named .txt', html, 'a.txt'],
    ['HTML named .pdf', html, 'a.pdf'],
    ['SVG', svg, 'a.svg'],
    ['SVG named .png', svg, 'a.png'],
    ['nothing', Buffer.alloc(0), 'a.pdf'],
    ['zeros', Buffer.alloc(100), 'a.txt'],
    ['a name without an end', smallPdf(), 'giay-to'],
    ['an empty name', smallPdf(), ''],
    ['a name of dots', smallPdf(), '..'],
    ['a name with a control character', smallPdf(), 'a\n.pdf'],
    ['a name that is turned around', smallPdf(), 'a\u202efdp.exe'],
    ['a long name', smallPdf(), `${'a'.repeat(300)}.pdf`],
    ['a script', Buffer.from('#!/bin/sh\necho 1\n'), 'a.sh']
  ];
  for (const [what, bytes, name] of cases) {
    const answer = await citizen.post(`/api/v1/files?name=${encodeURIComponent(name)}`, new Uint8Array(bytes));
    assert.ok([400, 415, 422].includes(answer.status), `${what}: ${answer.status}`);
  }
  const path = await citizen.post(`/api/v1/files?name=${encodeURIComponent('../../etc/giấy tờ.pdf')}`, new Uint8Array(smallPdf()));
  if (path.status === 201) assert.equal(path.body.name, 'giấy tờ.pdf');
  else assert.equal(path.status, 422);
  for (const id of ['..%2f..%2fetc%2fpasswd', '1%00', '-1', '99999999999999999999', 'a']) assert.ok([400, 404, 422].includes((await citizen.get(`/api/v1/files/${id}`)).status), id);
});

test('guessing: what belongs to another is answered exactly as what does not exist', async () => {
  const citizen = await as('cong-dan');
  const desk = await as('mot-cua');
  const body = await newBirth(citizen);
  const code = (await citizen.post('/api/v1/dossiers', body)).body.dossier_code;
  await desk.act(code, 'accept');
  const absent = `${code.slice(0, -4)}9998`;
  const file = body.papers[0].file_ids[0];
  const lone = await citizen.upload(smallPdf('lone'), 'rieng.pdf');
  const pairs = [
    ['GET', `/api/v1/dossiers/${code}`, `/api/v1/dossiers/${absent}`],
    ['GET', `/api/v1/dossiers/${code}/slips/01.pdf`, `/api/v1/dossiers/${absent}/slips/01.pdf`],
    ['GET', `/api/v1/dossiers/${code}/result.pdf`, `/api/v1/dossiers/${absent}/result.pdf`],
    ['GET', `/api/v1/dossiers/${code}/files/${file}`, `/api/v1/dossiers/${absent}/files/${file}`],
    ['GET', `/api/v1/files/${lone}`, '/api/v1/files/1'],
    ['POST', `/api/v1/dossiers/${code}/actions`, `/api/v1/dossiers/${absent}/actions`, { action: 'withdraw', version: 2, reason: 'x' }]
  ];
  const same = (answer) => ({ status: answer.status, type: answer.type, body: String(answer.bytes).replace(/"trace_id":"[0-9a-f]{32}"/, '') });
  for (const username of ['nguoi-dan-2', 'mot-cua-2', 'lanh-dao-2']) {
    const other = await as(username);
    for (const [method, theirs, none, sent] of pairs) {
      const [one, two] = [await other.call(method, theirs, sent), await other.call(method, none, sent)];
      assert.equal(one.status, 404, `${username} ${theirs}`);
      assert.deepEqual(same(one), same(two), `${username} ${theirs}`);
    }
  }
  const other = await as('nguoi-dan-2');
  const rates = [code, absent].map((one) => other.post(`/api/v1/dossiers/${one}/rating`, { score: 1 }));
  const [one, two] = await Promise.all(rates);
  assert.deepEqual([one.status, same(one)], [404, same(two)]);
  const stranger = await anyone();
  assert.equal((await stranger.get(`/api/v1/track/${absent}`)).status, 404);
  for (const guess of ['AAAAAAAA', 'a'.repeat(40), "' OR 1=1", '%00', 'x'.repeat(400)]) assert.ok([400, 404, 422].includes((await stranger.get(`/api/v1/verify/${encodeURIComponent(guess)}`)).status), guess);
});

test('stale version: 409 and nothing changed; of two at once one wins', async () => {
  const citizen = await as('cong-dan');
  const [desk, specialist] = [await as('mot-cua'), await as('chuyen-vien')];
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  const old = (await desk.dossier(code)).version;
  await desk.act(code, 'accept');
  const before = await specialist.dossier(code);
  for (const version of [old, before.version + 1, 0]) {
    const answer = await specialist.post(`/api/v1/dossiers/${code}/actions`, { action: 'take', version });
    assert.ok(answer.status === 409 || (version === 0 && answer.status === 422), `version ${version}: ${answer.status}`);
  }
  assert.deepEqual(await specialist.dossier(code), before);
  const two = await Promise.all([0, 1, 2, 3].map(() => specialist.post(`/api/v1/dossiers/${code}/actions`, { action: 'take', version: before.version })));
  assert.deepEqual(two.map((one) => one.status).sort(), [200, 409, 409, 409]);
  const after = await specialist.dossier(code);
  assert.equal(after.events.filter((one) => one.action === 'take').length, 1);
  const nowhere = await specialist.post(`/api/v1/dossiers/${code}/actions`, { action: 'fly', version: after.version });
  assert.ok([404, 409, 422].includes(nowhere.status), `fly: ${nowhere.status}`);
});

test('repeated submission: one key, one dossier, one answer', async () => {
  const citizen = await as('cong-dan');
  const body = await newBirth(citizen);
  const count = async () => (await citizen.all('/api/v1/dossiers', 100)).length;
  const start = await count();
  const send = (key, sent = body, who = citizen) => who.post('/api/v1/dossiers', sent, { 'idempotency-key': key });
  const [first, second] = [await send('once-and-again'), await send('once-and-again')];
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.equal(second.body.dossier_code, first.body.dossier_code);
  const many = await Promise.all(Array.from({ length: 8 }, () => send('eight-at-once')));
  assert.deepEqual(many.map((one) => one.status), Array(8).fill(201), many.map((one) => String(one.bytes).slice(0, 200)).join('\n'));
  assert.equal(new Set(many.map((one) => one.body.dossier_code)).size, 1);
  assert.equal(await count(), start + 2);
  const other = await send('once-and-again', { ...body, return_method: 'counter' });
  assert.deepEqual([other.status, other.body.reason], [409, 'idempotency_key_reused']);
  assert.equal(await count(), start + 2);
  for (const key of ['short', 'a'.repeat(81), 'with space in it']) assert.equal((await send(key)).status, 400, key);
  const [next, after] = [await send('a-fresh-key-1'), await send('a-fresh-key-2')];
  assert.notEqual(next.body.dossier_code, after.body.dossier_code, 'another key is another dossier');
  assert.equal((await citizen.get(`/api/v1/units/${kWard}`)).status, 200);
});
