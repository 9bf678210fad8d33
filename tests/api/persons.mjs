// Persons over HTTP: a card scanned, a contradiction compared, joined and taken apart; papers over time; one's own page.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as } from '../lib/world.mjs';
import { fillForm, kWard } from '../lib/samples.mjs';

const kLine = '096192002219|381234569|Lê Thị Thu Ngân|21031992|Nữ|Số 12, khóm 6, Phường An Xuyên, Cà Mau|15082021';
const kCard = { full_name: 'Lê Thị Thu Ngân', personal_no: '096192002219', birth_on: '1992-03-21', sex: 'female', old_identity_no: '381234569', card_issued_on: '2021-08-15' };

async function fileAtCounter(applicant) {
  const desk = await as('mot-cua');
  const { answers, papers } = await fillForm(desk, '2.000815', applicant);
  const filed = await desk.post('/api/v1/dossiers', { procedure_code: '2.000815', unit_code: kWard, channel: 'counter', answers, papers, declaration: true, applicant });
  assert.equal(filed.status, 201, String(filed.bytes));
  return filed.body.dossier_code;
}
const scan = async (line) => (await as('mot-cua')).post('/api/v1/persons/scan', { line });
const find = async (paper_no) => (await (await as('mot-cua')).get(`/api/v1/persons?paper_no=${paper_no}`)).body.items;
const pending = async (client) => (await client.get('/api/v1/person-conflicts?limit=100')).body.items;
const codes = async (client, person_id) => (await client.get(`/api/v1/dossiers?person_id=${person_id}`)).body.items.map((one) => one.dossier_code);

test('persons: a scanned card is read, whatever the keyboard did to it; a wrong line says what is wrong', async () => {
  for (const line of [kLine, kLine.replace('Lê Thị Thu Ngân', 'lÊ tHỊ tHU nGÂN'), `${kLine}\r\n`, kLine.replace('|15082021', '')]) {
    const answer = await scan(line);
    assert.equal(answer.status, 200, String(answer.bytes));
    assert.equal(answer.body.card.full_name, 'Lê Thị Thu Ngân');
    assert.equal(answer.body.card.birth_on, '1992-03-21');
    assert.equal(answer.body.person, null);
  }
  for (const [line, reason] of [
    ['https://example.com/xac-minh/ABC', 'card_line_malformed'],
    [kLine.replace('21031992', '31021992'), 'card_birth_on_malformed'],
    [kLine.replace('|Nữ|', '|Nam|'), 'personal_no_sex_mismatch']
  ]) {
    const answer = await scan(line);
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body.errors.map((one) => [one.pointer, one.reason]), [['/line', reason]]);
  }
  assert.equal((await (await as('chuyen-vien')).post('/api/v1/persons/scan', { line: kLine })).status, 403);
});

let person;
let other;
test('persons: a card filed at the counter makes a person with both papers, found by either', async () => {
  await fileAtCounter(kCard);
  const again = await scan(kLine);
  assert.equal(again.body.person.full_name, kCard.full_name);
  assert.deepEqual(again.body.differs, []);
  const [by_old] = await find('381234569');
  assert.equal(by_old.person_id, again.body.person.person_id);
  person = by_old.person_id;
  const file = (await (await as('mot-cua')).get(`/api/v1/persons/${person}`)).body;
  assert.deepEqual(file.papers.map((one) => [one.kind, one.number, one.state, one.source, one.issued_on]).sort(), [
    ['old_identity_no', '381234569', 'held', 'chip_card', null],
    ['personal_no', '096192002219', 'held', 'chip_card', '2021-08-15']
  ]);
});

test('persons: another name on the same number opens nobody\'s dossiers and waits for a decision', async () => {
  const [desk, leader, stranger] = [await as('mot-cua'), await as('lanh-dao'), await as('lanh-dao-2')];
  const first = await codes(desk, person);
  const code = await fileAtCounter({ ...kCard, full_name: 'Trần Thị Hoa', old_identity_no: undefined, card_issued_on: undefined });
  assert.deepEqual(await codes(desk, person), first, 'the dossier is not the holder\'s');
  other = (await find('096192002219')).find((one) => one.person_id !== person).person_id;
  const waiting = (await pending(leader)).find((one) => [one.person_a, one.person_b].includes(other));
  assert.equal(waiting.kind, 'details_differ');
  assert.equal((await pending(stranger)).length, 0, 'another commune\'s leader has a queue of his own');
  assert.equal((await stranger.get(`/api/v1/person-conflicts/${waiting.conflict_id}`)).status, 404);
  const path = `/api/v1/person-conflicts/${waiting.conflict_id}`;
  const pair = (await leader.get(path)).body;
  assert.deepEqual([pair.a.person.person_id, pair.b.person.person_id], [person, other]);
  assert.equal((await desk.post(`${path}/decision`, { decision: 'same', reason: 'Cùng một người', version: 1 })).status, 403);
  assert.equal((await leader.post(`${path}/decision`, { decision: 'same', reason: ' ', version: 1 })).status, 422);

  const same = await leader.post(`${path}/decision`, { decision: 'same', reason: 'Đã xem thẻ gốc', version: pair.conflict.version });
  assert.equal(same.status, 200, String(same.bytes));
  assert.deepEqual(new Set(await codes(desk, person)), new Set([...first, code]), 'one person has both dossiers');
  assert.deepEqual(new Set(await codes(desk, other)), new Set([...first, code]));
  const file = (await desk.get(`/api/v1/persons/${other}`)).body;
  assert.equal(file.shown_person_id, person);
  assert.equal(file.records.length, 2);
  assert.equal((await leader.post(`${path}/decision`, { decision: 'reopen', reason: 'Xem lại', version: 1 })).body.reason, 'person_conflict_stale');

  const apart = await leader.post(`${path}/decision`, { decision: 'reopen', reason: 'Thẻ gốc là của hai người', version: same.body.conflict.version });
  assert.equal(apart.status, 200, String(apart.bytes));
  assert.deepEqual(await codes(desk, person), first);
  assert.deepEqual(await codes(desk, other), [code]);
  const history = (await desk.get(`/api/v1/persons/${person}`)).body.events.map((one) => one.kind);
  assert.deepEqual(history.slice(0, 3), ['unmerged', 'merged', 'conflict_opened']);
  assert.equal((await leader.post(`${path}/decision`, { decision: 'different', reason: 'Hai người', version: apart.body.conflict.version })).status, 200);
});

test('persons: the person sees both records\' dossiers after a merge, and only his own after it is undone', async () => {
  const [citizen, desk, leader] = [await as('cong-dan'), await as('mot-cua'), await as('lanh-dao')];
  const mine = async () => {
    const all = [];
    for (let cursor = ''; cursor !== null; ) {
      const page = (await citizen.get(`/api/v1/dossiers?limit=100${cursor && `&cursor=${cursor}`}`)).body;
      all.push(...page.items.map((one) => one.dossier_code));
      cursor = page.next_cursor;
    }
    return all.sort();
  };
  const before = await mine();
  const own = citizen.me.person;
  const code = await fileAtCounter({ full_name: 'Nguyễn Thị Hạnh', personal_no: own.personal_no });
  assert.equal((await citizen.get(`/api/v1/dossiers/${code}`)).status, 404);
  const waiting = (await pending(leader)).find((one) => [one.person_a, one.person_b].includes(own.person_id));
  const path = `/api/v1/person-conflicts/${waiting.conflict_id}`;
  const same = await leader.post(`${path}/decision`, { decision: 'same', reason: 'Viết thiếu tên đệm', version: waiting.version });
  assert.equal(same.status, 200, String(same.bytes));
  assert.deepEqual(await mine(), [...before, code].sort());
  assert.equal((await citizen.get(`/api/v1/dossiers/${code}`)).status, 200);
  const notices = (await citizen.get('/api/v1/notices')).body.items;
  assert.ok(notices.some((one) => one.kind === 'person.merged' && one.link === '/cai-dat/giay-to'));
  const seen = (await citizen.get('/api/v1/me/data-access')).body.items;
  assert.ok(seen.some((one) => one.kind === 'person.merged' && one.purpose && one.legal_basis));
  const apart = await leader.post(`${path}/decision`, { decision: 'reopen', reason: 'Gộp nhầm', version: same.body.conflict.version });
  assert.equal(apart.status, 200, String(apart.bytes));
  assert.deepEqual(await mine(), before);
  assert.equal((await citizen.get(`/api/v1/dossiers/${code}`)).status, 404);
  assert.equal((await desk.get(`/api/v1/dossiers/${code}`)).status, 200);
});

test('persons: papers are checked, dated, ended and kept in the history', async () => {
  const leader = await as('lanh-dao');
  const path = `/api/v1/persons/${person}`;
  const add = (body) => leader.post(`${path}/papers`, { reason: 'Xem bản gốc', ...body });
  const reasonOf = (answer) => answer.body.errors?.[0]?.reason ?? answer.body.reason;
  assert.equal(reasonOf(await add({ kind: 'tax_no', number: '0100109107' })), 'tax_no_check_digit');
  assert.equal(reasonOf(await add({ kind: 'passport', number: 'C-12' })), 'passport_no_malformed');
  assert.equal(reasonOf(await add({ kind: 'passport', number: 'C9876543', issued_on: '2020-01-02', valid_to_on: '2019-01-02' })), 'paper_dates_reversed');
  const passport = await add({ kind: 'passport', number: 'c 9876543', issuer: 'Cục Quản lý xuất nhập cảnh', issued_on: '2020-01-02', valid_to_on: '2030-01-02' });
  assert.equal(passport.status, 200, String(passport.bytes));
  assert.equal((await find('C9876543'))[0].person_id, person);
  assert.equal(reasonOf(await leader.post(`/api/v1/persons/${other}/papers`, { kind: 'passport', number: 'C9876543', reason: 'Xem bản gốc' })), 'person_paper_taken');
  // A new personal number: the earlier one still finds its person.
  const renewed = await add({ kind: 'personal_no', number: '096192002227', issued_on: '2026-01-05' });
  assert.equal(renewed.status, 200, String(renewed.bytes));
  assert.equal(renewed.body.records[0].personal_no, '096192002227');
  assert.equal(renewed.body.papers.find((one) => one.number === '096192002219').valid_to_on, '2026-01-05');
  assert.ok((await find('096192002219')).some((one) => one.person_id === person));
  const paper = passport.body.papers.find((one) => one.kind === 'passport');
  const ended = await leader.post(`${path}/papers/${paper.paper_id}/end`, { how: 'withdrawn', reason: 'Ghi nhầm' });
  assert.equal(ended.status, 200, String(ended.bytes));
  assert.deepEqual(await find('C9876543'), []);
  assert.equal(reasonOf(await leader.post(`${path}/papers/${paper.paper_id}/end`, { how: 'withdrawn', reason: 'Ghi nhầm' })), 'person_paper_withdrawn');
  const corrected = await leader.call('PATCH', path, { full_name: 'Lê Thị Thu Nga', birth_on: '1992-03-21', sex: 'female', reason: 'Cải chính hộ tịch' });
  assert.equal(corrected.status, 200, String(corrected.bytes));
  assert.equal(corrected.body.events[0].kind, 'corrected');
  assert.equal(reasonOf(await leader.call('PATCH', path, { full_name: 'Lê Thị Thu Nga', birth_on: '1993-03-21', sex: 'female', reason: 'Sai năm' })), 'personal_no_birth_mismatch');
  // By the name on the paper and by the corrected one: the same person.
  assert.equal((await scan(kLine)).body.person.person_id, person);
});

test('persons: an officer may put two records into the queue, once', async () => {
  const [desk, leader] = [await as('mot-cua'), await as('lanh-dao')];
  const path = `/api/v1/persons/${person}/conflicts`;
  await fileAtCounter({ full_name: 'Lê Thị Ngân', personal_no: '096192009991' });
  const [third] = await find('096192009991');
  assert.equal((await desk.post(path, { other_person_id: '12', reason: 'Nghi trùng' })).status, 404);
  assert.equal((await desk.post(path, { other_person_id: third.person_id, reason: 'Cùng địa chỉ, cùng ngày sinh' })).status, 204);
  assert.equal((await desk.post(path, { other_person_id: third.person_id, reason: 'Cùng địa chỉ' })).body.reason, 'person_conflict_exists');
  const waiting = (await pending(leader)).find((one) => one.kind === 'suspected');
  const pair = (await leader.get(`/api/v1/person-conflicts/${waiting.conflict_id}`)).body;
  assert.equal(pair.conflict.note, 'Cùng địa chỉ, cùng ngày sinh');
  const later = await leader.post(`/api/v1/person-conflicts/${waiting.conflict_id}/decision`, { decision: 'later', reason: 'Chờ bản gốc', version: 1 });
  assert.equal(later.body.conflict.state, 'later');
  assert.ok((await pending(leader)).some((one) => one.conflict_id === waiting.conflict_id));
});

test('persons: one sees one\'s own papers half hidden, reports a mistake and reads the answer', async () => {
  const [citizen, leader] = [await as('cong-dan'), await as('lanh-dao')];
  const own = (await citizen.get('/api/v1/me/papers')).body;
  const paper = own.papers.find((one) => one.kind === 'personal_no');
  assert.equal(paper.number, `••••••••${citizen.me.person.personal_no.slice(-4)}`);
  assert.equal((await citizen.post('/api/v1/me/papers/reports', { note: 'sai' })).status, 422);
  const note = 'Ngày cấp trên thẻ của tôi là ngày khác.';
  for (let i = 0; i < 3; ++i) assert.equal((await citizen.post('/api/v1/me/papers/reports', { note })).status, 201);
  assert.equal((await citizen.post('/api/v1/me/papers/reports', { note })).body.reason, 'person_reports_open');
  const waiting = (await pending(leader)).filter((one) => one.kind === 'reported');
  assert.equal(waiting.length, 3);
  for (const one of waiting) {
    const answer = await leader.post(`/api/v1/person-conflicts/${one.conflict_id}/decision`, { decision: 'closed', reason: 'Đã sửa theo thẻ gốc', version: one.version });
    assert.equal(answer.status, 200, String(answer.bytes));
  }
  const after = (await citizen.get('/api/v1/me/papers')).body.reports;
  assert.deepEqual(after.map((one) => [one.state, one.answer]), Array(3).fill(['closed', 'Đã sửa theo thẻ gốc']));
});
