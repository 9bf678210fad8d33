// The desk's report over HTTP: sums that close, numbers that open to just as many dossiers, and only to those who may read them.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { daysFromToday, newBirth } from '../lib/samples.mjs';
import { anyone, as } from '../lib/world.mjs';

// The demo's dossiers are of the two years before today.
const days = `from=${daysFromToday(-900)}&to=${daysFromToday(0)}`;
const asked = `unit=H12.126&${days}`;

function closes(cells, what) {
  const { carried_over, received, settled, ended, open, total } = cells;
  assert.equal(carried_over + received, settled + ended + open, what);
  assert.equal(carried_over + received, total, what);
  assert.equal(received, cells.received_online + cells.received_counter + cells.received_post, what);
  assert.equal(settled, cells.settled_before + cells.settled_on + cells.settled_late, what);
  assert.equal(cells.waiting_before + cells.filed, received + cells.not_accepted + cells.withdrawn_before + cells.stopped_before + cells.waiting, what);
}

async function listed(client, query, path = 'one-stop') {
  const codes = [];
  for (let cursor = ''; cursor !== null; ) {
    const page = await client.get(`/api/v1/reports/${path}/dossiers?${query}&limit=7${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    assert.equal(page.status, 200, String(page.bytes));
    codes.push(...page.body.items.map((one) => one.dossier_code));
    cursor = page.body.next_cursor;
  }
  assert.equal(new Set(codes).size, codes.length, 'each once');
  return codes;
}

test('reports: the sums close in every row, and the rows add up to the total', async () => {
  const leader = await as('lanh-dao');
  for (const query of [`unit=H12&${days}`, asked, `unit=H12.126.02&${days}`, `unit=H12&${days}&frame=as_was`]) {
    const { status, body } = await leader.get(`/api/v1/reports/one-stop?${query}`);
    assert.equal(status, 200);
    assert.equal(body.closes, true);
    for (const table of ['by_unit', 'by_level', 'by_field', 'by_procedure']) {
      for (const row of body[table]) closes(row.cells, `${query} ${table}`);
      for (const cell of Object.keys(body.cells)) assert.equal(body[table].reduce((sum, row) => sum + row.cells[cell], 0), body.cells[cell], `${query} ${table} ${cell}`);
    }
  }
  const province = (await leader.get(`/api/v1/reports/one-stop?unit=H12&${days}`)).body;
  assert.ok(province.cells.total > 20 && province.by_unit.length > 60);
});

test('reports: two periods in a row make one together', async () => {
  const leader = await as('lanh-dao');
  const of = async (from, to) => (await leader.get(`/api/v1/reports/one-stop?unit=H12&from=${daysFromToday(from)}&to=${daysFromToday(to)}`)).body.cells;
  const [first, second, both] = [await of(-90, -51), await of(-50, -10), await of(-90, -10)];
  for (const cell of ['received', 'settled', 'settled_late', 'withdrawn', 'filed', 'not_accepted']) assert.equal(first[cell] + second[cell], both[cell], cell);
  assert.equal(first.open, second.carried_over);
  assert.equal(first.waiting, second.waiting_before);
  assert.equal(second.open, both.open);
});

test('reports: every number opens to as many dossiers, and only to one\'s own', async () => {
  const desk = await as('mot-cua');
  // One that waits for reception and one that is received, whatever was there before.
  const citizen = await as('cong-dan');
  for (const received of [false, true]) {
    const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
    assert.equal(filed.status, 201, String(filed.bytes));
    if (received) await desk.act(filed.body.dossier_code, 'accept');
  }
  const { body } = await desk.get(`/api/v1/reports/one-stop?${asked}`);
  assert.ok(body.cells.in_progress_within > 0 && body.cells.waiting > 0);
  for (const [cell, count] of Object.entries(body.cells)) assert.equal((await listed(desk, `${asked}&cell=${cell}`)).length, count, cell);
  const row = body.by_procedure[0];
  assert.equal((await listed(desk, `${asked}&cell=total&procedure=${row.procedure_code}`)).length, row.cells.total);
  const field = body.by_field[0];
  assert.equal((await listed(desk, `${asked}&cell=total&field=${encodeURIComponent(field.field)}`)).length, field.cells.total);
  const unit = body.by_unit[0];
  assert.equal((await listed(desk, `${asked}&cell=total&row=${unit.unit_code}`)).length, unit.cells.total);
  // Asked of the whole province, it shows those of the own office.
  const codes = await listed(desk, `unit=H12&${days}&cell=total`);
  assert.equal(codes.length, body.cells.total);
  assert.ok(codes.every((code) => code.startsWith('H12.126-')));
  assert.equal((await desk.get(`/api/v1/reports/one-stop/dossiers?unit=H12.128&${days}&cell=total`)).body.reason, 'unit_out_of_scope');
  assert.equal((await (await as('quan-tri')).get(`/api/v1/reports/one-stop/dossiers?${asked}&cell=total`)).status, 403);
  assert.equal((await (await as('cong-dan')).get(`/api/v1/reports/one-stop?${asked}`)).status, 403);
  assert.equal((await (await anyone()).get(`/api/v1/reports/one-stop?${asked}`)).status, 401);
});

test('reports: what is asked wrongly is refused with its reason', async () => {
  const leader = await as('lanh-dao');
  const refused = async (query, path = 'one-stop') => {
    const { status, body } = await leader.get(`/api/v1/reports/${path}?${query}`);
    return `${status} ${body.errors?.[0]?.pointer ?? ''} ${body.errors?.[0]?.reason ?? body.reason}`;
  };
  assert.equal(await refused('unit=H99'), '404  unit_not_found');
  assert.equal(await refused('from=2026-02-30'), '422 ?from date_malformed');
  assert.equal(await refused('from=2026-03-01&to=2026-02-01'), '422 ?to period_reversed');
  assert.equal(await refused('from=1990-01-01&to=2026-02-01'), '422 ?to period_too_long');
  assert.equal(await refused('frame=now'), '422 ?frame field_option_unknown');
  assert.equal(await refused(`${asked}&cell=secrets`, 'one-stop/dossiers'), '422 ?cell field_option_unknown');
  assert.equal(await refused(`${asked}&cell=total&cursor=x`, 'one-stop/dossiers'), '400  cursor_malformed');
  assert.equal(await refused(asked, 'satisfaction/dossiers'), '422 ?question field_required');
  assert.equal(await refused(`${asked}&question=overall`, 'satisfaction/dossiers'), '422 ?value field_required');
  assert.equal(await refused(`${asked}&format=pdf`, 'one-stop/export'), '422 ?format field_option_unknown');
  assert.equal(await refused(`${asked}&format=csv&table=person`, 'one-stop/export'), '422 ?table field_option_unknown');
});

test('reports: satisfaction is counted per question, and each number opens to its dossiers', async () => {
  const [desk, citizen] = [await as('mot-cua'), await as('cong-dan')];
  const questions = (await (await anyone()).get('/api/v1/satisfaction/questions')).body;
  const overall = questions.questions.find((one) => one.overall);
  assert.equal(questions.questions.length, 11);
  const ended = async () => {
    const filed = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
    await desk.act(filed.body.dossier_code, 'refuse', { reason: 'Không thuộc thẩm quyền' });
    return filed.body.dossier_code;
  };
  const before = (await desk.get(`/api/v1/reports/satisfaction?${asked}`)).body;
  const of = (figures, id, value) => figures.versions[0]?.questions.find((one) => one.question_id === id).levels.find((one) => one.value === value).dossiers ?? 0;
  const [asked_of, starred] = [await ended(), await ended()];
  const rate = (code, body) => citizen.post(`/api/v1/dossiers/${code}/rating`, body);
  for (const [body, reason] of [
    [{}, 'field_required'],
    [{ answers: {} }, 'field_required'],
    [{ answers: { attitude: 2 } }, 'field_required'],
    [{ answers: { overall: 7 } }, 'field_option_unknown'],
    [{ answers: { overall: 2, weather: 1 } }, 'field_unknown'],
    [{ answers: { overall: '2' } }, 'field_type_wrong'],
    [{ score: 5, answers: { overall: 0 } }, 'field_unknown']
  ]) {
    const refused = await rate(asked_of, body);
    assert.equal(refused.status, 422, JSON.stringify(body));
    assert.equal(refused.body.errors[0].reason, reason, JSON.stringify(body));
  }
  const rated = (await rate(asked_of, { answers: { overall: 0, attitude: 2 }, comment: 'Phải đi lại' })).body;
  assert.equal(rated.rating.score, 1);
  assert.deepEqual(rated.rating.answers.map((one) => [one.question_id, one.value]), [['attitude', 2], ['overall', 0]]);
  assert.equal((await rate(starred, { score: 4 })).status, 200);
  const { body } = await desk.get(`/api/v1/reports/satisfaction?${asked}`);
  assert.equal(body.figures.rated, before.figures.rated + 2);
  assert.equal(body.figures.with_answers, before.figures.with_answers + 1);
  assert.equal(body.figures.finished, before.figures.finished + 2);
  assert.equal(of(body, 'overall', 0), of(before, 'overall', 0) + 1);
  assert.equal(of(body, 'attitude', 2), of(before, 'attitude', 2) + 1);
  assert.equal(body.by_unit.reduce((sum, row) => sum + row.figures.rated, 0), body.figures.rated);
  for (const { score, dossiers } of body.figures.scores) assert.equal((await listed(desk, `${asked}&question=score&value=${score}`, 'satisfaction')).length, dossiers);
  for (const question of body.versions[0].questions)
    for (const level of question.levels)
      assert.equal((await listed(desk, `${asked}&question=${question.question_id}&value=${level.value}&version=${body.versions[0].valid_from}`, 'satisfaction')).length, level.dossiers);
  assert.ok((await listed(desk, `${asked}&question=overall&value=0&version=${body.versions[0].valid_from}`, 'satisfaction')).includes(asked_of));
  assert.equal(overall.levels.length, 3);
  assert.equal((await (await as('quan-tri')).get(`/api/v1/reports/satisfaction/dossiers?${asked}&question=score&value=1`)).status, 403);
});

test('reports: the register has a line for each dossier received, and both go into files', async () => {
  const desk = await as('mot-cua');
  const { body: report } = await desk.get(`/api/v1/reports/one-stop?${asked}`);
  const lines = [];
  for (let cursor = ''; cursor !== null; ) {
    const { status, body } = await desk.get(`/api/v1/reports/register?${asked}&limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    assert.equal(status, 200);
    lines.push(...body.items);
    cursor = body.next_cursor;
  }
  assert.equal(lines.length, report.cells.received);
  assert.ok(lines.every((one) => one.received_at && one.applicant_name && one.procedure_name));

  const csv = await desk.get(`/api/v1/reports/register/export?${asked}&format=csv`);
  assert.equal(csv.status, 200);
  assert.match(csv.headers.get('content-disposition'), /attachment; filename="so-theo-doi-H12\.126-.*\.csv"/);
  const text = csv.bytes.toString('utf8');
  assert.ok(text.startsWith('\uFEFFSố thứ tự,Mã hồ sơ,'));
  assert.equal(text.trim().split('\r\n').length, lines.length + 1);
  const units = (await desk.get(`/api/v1/reports/one-stop/export?unit=H12&${days}&format=csv`)).bytes.toString('utf8').trimEnd().split('\r\n');
  assert.ok(units[0].startsWith('\uFEFFĐơn vị,Kỳ trước chuyển sang,'));
  assert.ok(units.at(-1).startsWith('Tổng cộng,'));
  for (const path of [`one-stop/export?${asked}`, `register/export?${asked}`]) {
    const book = await desk.get(`/api/v1/reports/${path}`);
    assert.equal(book.status, 200);
    assert.equal(book.bytes.subarray(0, 2).toString(), 'PK');
  }
  // Reading a register is reading people's data: they see who did.
  assert.equal((await (await as('quan-tri')).get(`/api/v1/reports/register?${asked}`)).status, 403);
});

test('reports: index 766 says what it counted, what it did not, and out of how many points', async () => {
  const desk = await as('mot-cua');
  const { status, body } = await desk.get(`/api/v1/indices/766?${asked}`);
  assert.equal(status, 200);
  assert.deepEqual(body.groups.map((one) => one.points_max), [18, 20, 22, 22, 18]);
  const sum = (list) => Math.round(list.reduce((a, b) => a + b, 0) * 100) / 100;
  for (const group of body.groups) {
    assert.equal(sum(group.components.map((one) => one.points_max)), group.points_max);
    assert.equal(sum(group.components.map((one) => one.points ?? 0)), group.points);
    assert.equal(sum(group.components.filter((one) => one.state === 'counted').map((one) => one.points_max)), group.points_of);
    for (const one of group.components) {
      if (one.state === 'no_data') assert.ok(one.reason.vi && one.numerator === null && one.points === null, one.id);
      else if (one.denominator === 0) assert.equal(one.rate, null);
      else {
        assert.equal(one.rate, Math.floor((one.numerator * 10000) / one.denominator + 0.5) / 100, one.id);
        assert.ok(one.points <= one.points_max);
      }
    }
  }
  assert.equal(sum(body.groups.map((one) => one.points)), body.points);
  assert.equal(sum(body.groups.map((one) => one.points_of)), body.points_of);
  assert.ok(body.points_of < 100, 'what has no data is not in the total');
  // 2.1 is the report's own figure.
  const { cells } = (await desk.get(`/api/v1/reports/one-stop?${asked}`)).body;
  const onTime = body.groups[1].components[0];
  assert.deepEqual([onTime.numerator, onTime.denominator], [cells.total - cells.settled_late - cells.in_progress_late, cells.total]);
  // Each figure of dossiers opens to as many.
  const count = async (component, part) => {
    let sum = 0;
    for (let cursor = ''; cursor !== null; ) {
      const page = await desk.get(`/api/v1/indices/766/dossiers?${asked}&component=${component}&part=${part}&limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      assert.equal(page.status, 200, String(page.bytes));
      sum += page.body.items.length;
      cursor = page.body.next_cursor;
    }
    return sum;
  };
  for (const one of body.groups.flatMap((group) => group.components).filter((one) => one.of_dossiers)) {
    assert.equal(await count(one.id, 'numerator'), one.numerator, one.id);
    assert.equal(await count(one.id, 'denominator'), one.denominator, one.id);
    assert.equal(await count(one.id, 'rest'), one.denominator - one.numerator, one.id);
  }
  const refused = async (query) => (await desk.get(`/api/v1/indices/766/dossiers?${asked}&${query}`)).body.errors[0].pointer;
  assert.equal(await refused('component=1.1&part=rest'), '?component');
  assert.equal(await refused('component=2.1&part=all'), '?part');
  assert.equal((await desk.get('/api/v1/indices/766?unit=H12.126&from=2019-01-01&to=2020-01-01')).body.reason, 'index_not_configured');
});

test('reports: everybody sees how punctual each office is, and nothing of anybody', async () => {
  const { status, body, bytes } = await (await anyone()).get('/api/v1/public/on-time');
  assert.equal(status, 200);
  assert.ok(body.items.length > 5);
  for (const one of [body.total, ...body.items]) assert.equal(one.rate, one.settled ? Math.floor((one.settled_in_time * 10000) / one.settled + 0.5) / 100 : null);
  assert.equal(body.items.reduce((sum, one) => sum + one.settled, 0), body.total.settled);
  assert.doesNotMatch(bytes.toString(), /-26\d{4}-\d{4}|applicant/);
});
