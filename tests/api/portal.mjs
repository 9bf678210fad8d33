// Synchronisation with the national portal, against a sandbox that refuses, delays, repeats and breaks; and a province whose people file there.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { startPortal } from '../lib/portal.mjs';
import { newBirth } from '../lib/samples.mjs';
import { newProvince, serve } from '../lib/server.mjs';

const kTimeout = { timeout: 120_000 };

async function until(what, reached) {
  for (let i = 0; i < 400; i++) {
    const value = await reached();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never: ${what}`);
}

async function connected() {
  const portal = await startPortal();
  const province = newProvince({ dossiers: 0 });
  const server = await serve(province, { web: false, env: portal.environment });
  const person = async (username) => {
    const client = new Client(server.base);
    await client.signIn(username);
    return client;
  };
  const people = { citizen: await person('cong-dan'), desk: await person('mot-cua'), admin: await person('quan-tri') };
  const file = async () => (await people.citizen.post('/api/v1/dossiers', await newBirth(people.citizen))).body.dossier_code;
  const state = async () => (await people.admin.get('/api/v1/admin/portal')).body;
  return { portal, server, ...people, file, state };
}

test('portal: every change is told in order, in the portal\'s words, once it is taken no more', async () => {
  const { portal, server, citizen, desk, file, state } = await connected();
  const code = await file();
  const first = await until('the filing is told', () => portal.dossiers.get(code));
  assert.deepEqual([first.MaTTHC, first.KenhThucHien, first.TrangThaiHoSo, first.NgayTiepNhan], ['1.001193', '2', '1', '']);
  assert.match(first.NgayNopHoSo, /^20\d{12}$/);
  assert.ok(first.TaiLieuNop.length > 0 && first.TaiLieuNop.every((one) => one.TenTepDinhKem));
  assert.equal(first.MaDoiTuong, (await citizen.get('/api/v1/me')).body.person.personal_no);
  await desk.act(code, 'accept', { note: 'Chỉ nội bộ biết' });
  const second = await until('the reception is told', () => portal.dossiers.get(code)?.TrangThaiHoSo === '2' && portal.dossiers.get(code));
  assert.match(second.NgayHenTra, /^20\d{12}$/);
  await until('its steps are told', () => portal.progress.get(code)?.length === 2);
  assert.deepEqual(portal.progress.get(code).map((one) => one.TrangThai), ['1', '2']);
  assert.ok(!JSON.stringify([...portal.dossiers, ...portal.progress]).includes('Chỉ nội bộ biết'));
  await until('nothing waits', async () => (await state()).waiting === 0);
  const calls = portal.calls.length;
  await new Promise((done) => setTimeout(done, 5000));  // two turns of the sender: what was taken is not said again
  assert.equal(portal.calls.length, calls);
  await server.stop();
}, kTimeout);

test('portal: what it refuses waits for a person, with its own words; the rest goes on', async () => {
  const { portal, server, desk, admin, file, state } = await connected();
  const refused = await file();
  portal.mode = (_service, data) => (data.some((one) => one.MaHoSo === refused) ? { refuse: ['37', 'Mã thủ tục chưa công khai trên Cổng'] } : undefined);
  await until('it is refused', async () => (await state()).refused === 1 || (portal.dossiers.has(refused) && 'taken'));
  // The filing may have been taken before the sandbox was told to refuse: the next step is refused then.
  if ((await state()).refused === 0) {
    await desk.act(refused, 'accept');
    await until('it is refused', async () => (await state()).refused === 1);
  }
  const other = await file();
  await until('the other is told', () => portal.dossiers.has(other));
  const [item] = (await state()).items;
  assert.deepEqual([item.dossier_code, item.error_code, item.error_text], [refused, '37', 'Mã thủ tục chưa công khai trên Cổng']);
  portal.mode = () => undefined;
  assert.equal((await admin.post(`/api/v1/admin/portal/${refused}/resend`)).status, 204);
  await until('it is taken', async () => (await state()).refused === 0 && (await state()).waiting === 0);
  assert.ok(portal.dossiers.has(refused));
  const again = await admin.post(`/api/v1/admin/portal/${refused}/resend`);
  assert.deepEqual([again.status, again.body.reason], [404, 'portal_nothing_refused']);
  await server.stop();
}, kTimeout);

test('portal: broken, slow and lost answers delay and lose nothing; an ended session is begun again', async () => {
  const { portal, server, file, state } = await connected();
  const ways = [{ status: 502 }, { cut: true }, { expire: true }, { delay_ms: 300 }];
  portal.mode = () => ways.shift();
  const code = await file();
  await until('the outage is shown', async () => (await state()).unreachable);
  await until('it is told all the same', async () => portal.dossiers.has(code) && (await state()).waiting === 0);
  assert.equal((await state()).unreachable, null);
  // The call whose answer was lost was said again; the record is the same one, its step there at least once.
  assert.equal(portal.dossiers.get(code).MaHoSo, code);
  assert.ok(portal.progress.get(code).length >= 1);
  await server.stop();
}, { timeout: 180_000 });

test('portal: where people file on the portal, the desk still receives', async () => {
  const province = newProvince({ dossiers: 0 });
  const server = await serve(province, { web: false, env: { TINHSO_PORTAL_CITIZENS_FILE_HERE: 'false' } });
  const citizen = new Client(server.base);
  assert.equal((await citizen.get('/api/v1/site')).body.filing_url, 'https://dichvucong.gov.vn');
  await citizen.signIn('cong-dan');
  const body = await newBirth(citizen);
  const refused = await citizen.post('/api/v1/dossiers', body);
  assert.deepEqual([refused.status, refused.body.reason], [403, 'filing_elsewhere']);
  const desk = new Client(server.base);
  await desk.signIn('mot-cua');
  const papers = body.papers.map((paper) => ({ paper_id: paper.paper_id, originals: 1 }));
  const { person } = (await citizen.get('/api/v1/me')).body;
  const received = await desk.post('/api/v1/dossiers', { ...body, papers, channel: 'counter', return_method: 'counter', applicant: { full_name: person.full_name, personal_no: person.personal_no, birth_on: person.birth_on, sex: person.sex } });
  assert.equal(received.status, 201, received.bytes);
  const { body: state } = await (async () => {
    const admin = new Client(server.base);
    await admin.signIn('quan-tri');
    return admin.get('/api/v1/admin/portal');
  })();
  assert.deepEqual([state.connected, state.citizens_file_here], [false, false]);
  await server.stop();
}, kTimeout);
