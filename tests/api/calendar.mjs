// The calendar feed, read by a calendar library of others: the person's dates at a secret address, until it is revoked.
import assert from 'node:assert/strict';
import ICAL from 'ical.js';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { fillForm, newBirth } from '../lib/samples.mjs';

const kFeed = '/api/v1/me/calendar-feed';

test('calendar: due dates and bills reach a calendar program, without a session and without names', async () => {
  const { base } = await world();
  const citizen = await as('cong-dan');
  const birth = await citizen.post('/api/v1/dossiers', await newBirth(citizen));
  const code = birth.body.dossier_code;
  await (await as('mot-cua')).act(code, 'accept');
  const due = (await citizen.get(`/api/v1/dossiers/${code}`)).body.due_at.slice(0, 10);
  const { answers, papers } = await fillForm(citizen, '2.000635', citizen.me.person);
  const copy = await citizen.post('/api/v1/dossiers', { procedure_code: '2.000635', unit_code: 'H12.126', answers: { ...answers, copy_count: 3 }, papers, declaration: true });
  assert.equal(copy.status, 201, String(copy.bytes));
  const bill = (await citizen.get(`/api/v1/dossiers/${copy.body.dossier_code}/invoices`)).body.items[0];

  const made = await citizen.post(kFeed);
  assert.equal(made.status, 201, String(made.bytes));
  const { pathname } = new URL(made.body.url);
  const stranger = new Client(base);
  const answer = await stranger.get(pathname);
  assert.equal(answer.status, 200, String(answer.bytes));
  assert.match(answer.type, /^text\/calendar/);
  const text = answer.bytes.toString('utf8');
  assert.ok(!text.replaceAll('\r\n', '').match(/[\r\n]/), 'every line ends with CRLF');
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  const find = (part, dossier) => events.find((one) => one.uid.startsWith(part) && one.summary.includes(dossier));
  const promised = find('due-', code);
  assert.equal(promised.startDate.toString(), due);
  assert.ok(promised.startDate.isDate);
  assert.match(promised.summary, /^Hẹn trả kết quả: .*\(H12\.126-/);
  assert.equal(find('bill-', copy.body.dossier_code).startDate.toString(), bill.expires_on);
  assert.equal(new Set(events.map((one) => one.uid)).size, events.length, 'no name twice');
  const { full_name, personal_no } = citizen.me.person;
  for (const secret of [full_name, personal_no]) assert.ok(!ICAL.stringify(calendar.jCal).includes(secret), secret);
  // The same names when it is read again.
  const again = new ICAL.Component(ICAL.parse((await stranger.get(pathname)).bytes.toString('utf8')));
  assert.deepEqual(again.getAllSubcomponents('vevent').map((one) => one.getFirstPropertyValue('uid')).sort(), events.map((one) => one.uid).sort());
});

test('calendar: a new address ends the old one, a revoked one tells nothing, an officer\'s work is in none', async () => {
  const { base } = await world();
  const stranger = new Client(base);
  const citizen = await as('cong-dan');
  const path = async (client) => new URL((await client.post(kFeed)).body.url).pathname;
  const [first, second] = [await path(citizen), await path(citizen)];
  assert.ok((await citizen.get(kFeed)).body.made_at);
  assert.equal((await stranger.get(first)).body.reason, 'calendar_feed_not_found');
  assert.equal((await stranger.get(second)).status, 200);
  assert.equal((await citizen.call('DELETE', kFeed)).status, 204);
  assert.equal((await citizen.call('DELETE', kFeed)).status, 204, 'none is nothing to do');
  assert.equal((await citizen.get(kFeed)).body.made_at, null);
  for (const gone of [second, first, '/api/v1/calendar-feeds/.ics', '/api/v1/calendar-feeds/x', `/api/v1/calendar-feeds/${'a'.repeat(43)}.ics`])
    assert.equal((await stranger.get(gone)).body.reason, 'calendar_feed_not_found', gone);
  const officer = await (await as('mot-cua')).post(kFeed);
  if (officer.status === 201) {
    const events = new ICAL.Component(ICAL.parse((await stranger.get(new URL(officer.body.url).pathname)).bytes.toString('utf8'))).getAllSubcomponents('vevent');
    assert.equal(events.length, 0);
  } else assert.equal(officer.body.reason, 'calendar_feed_without_person');
});
