// E-mail from a notice to a real mail server, friendly and otherwise.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { Client } from '../lib/client.mjs';
import { makeCertificates, mailServer, refuse } from '../lib/mail.mjs';
import { newBirth } from '../lib/samples.mjs';
import { newProvince, serve } from '../lib/server.mjs';

const kTimeout = { timeout: 90_000 };
const kFrom = 'khong-tra-loi@example.vn';

async function started(mail, { security = 'none', env = {} } = {}) {
  const province = newProvince({ dossiers: 0 });
  const server = await serve(province, {
    web: false,
    env: {
      TINHSO_SMTP_HOST: security === 'none' ? '127.0.0.1' : 'localhost',
      TINHSO_SMTP_PORT: String(mail.port),
      TINHSO_SMTP_SECURITY: security,
      TINHSO_SMTP_FROM_ADDRESS: kFrom,
      TINHSO_SMTP_FROM_NAME: 'Cổng dịch vụ công tỉnh',
      TINHSO_PHONE_SMS: 'sandbox',
      ...env
    }
  });
  const people = {};
  for (const name of ['cong-dan', 'mot-cua', 'quan-tri']) {
    people[name] = new Client(server.base);
    await people[name].signIn(name);
  }
  return { server, province, ...people, citizen: people['cong-dan'], desk: people['mot-cua'], admin: people['quan-tri'] };
}

// Proves the citizen's address with the code of the mail.
async function prove(world, mail, address = 'hanh@example.com') {
  const { citizen } = world;
  const asked = await citizen.call('PUT', '/api/v1/me/notice-addresses/email', { address });
  assert.equal(asked.status, 200, String(asked.bytes));
  const letter = await mail.until((one) => one.to[0] === address && /Mã xác nhận/.test(one.subject));
  const [, code] = /Mã xác nhận (\d{6})/.exec(letter.subject);
  const done = await citizen.post('/api/v1/me/notice-addresses/email/confirm', { code });
  assert.equal(done.status, 200, String(done.bytes));
  // The tests run at any hour.
  const calm = await citizen.call('PUT', '/api/v1/me/notice-settings', { language: 'vi', quiet_from: null, quiet_to: null, digest_at: '07:30', choices: { progress: { email: 'now' } } });
  assert.equal(calm.status, 200, String(calm.bytes));
}

async function filed({ citizen, desk }) {
  const code = (await citizen.post('/api/v1/dossiers', await newBirth(citizen))).body.dossier_code;
  await desk.act(code, 'accept');
  return code;
}

// The delivery of a dossier's acceptance (or of another notice), once it `fits`.
async function delivery({ admin }, code, fits, kind = 'dossier.accept') {
  for (let tries = 0; tries < 600; tries++) {
    const { items } = (await admin.get('/api/v1/admin/deliveries?channel=email&limit=100')).body;
    const hit = items.find((one) => one.subject === code && one.kind === kind);
    if (hit && fits(hit)) return hit;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no such delivery of ${code}`);
}

test('mail: STARTTLS, sign-in, Vietnamese headers, two parts, and the way to end it', async () => {
  const certificates = makeCertificates();
  const mail = await mailServer({ security: 'starttls', user: 'tinhso', password: 'mật khẩu', certificates });
  const world = await started(mail, { security: 'starttls', env: { TINHSO_SMTP_CA_FILE: certificates.caFile, TINHSO_SMTP_USERNAME: 'tinhso', TINHSO_SMTP_PASSWORD: 'mật khẩu' } });
  await prove(world, mail);
  const code = await filed(world);
  const letter = await mail.until((one) => one.subject === `Hồ sơ ${code} đã được tiếp nhận`);
  assert.equal(letter.secure, true);
  assert.deepEqual([letter.from.value[0].address, letter.from.value[0].name], [kFrom, 'Cổng dịch vụ công tỉnh']);
  assert.match(letter.text, new RegExp(`/ho-so/${code}`));
  assert.match(letter.html, new RegExp(`/ho-so/${code}`));
  assert.match(letter.text, /\/cai-dat\/thong-bao/);
  assert.match(letter.raw, /^Auto-Submitted: auto-generated\r$/m);
  for (const secret of ['Nguyễn', 'Hạnh', world.citizen.me.person.personal_no]) assert.ok(!letter.text.includes(secret) && !letter.html.includes(secret), 'personal data travels in a mail');
  const sent = await delivery(world, code, (one) => one.state === 'sent');
  assert.equal(letter.messageId, `<${sent.message_id}@example.vn>`);
  assert.equal(sent.address, 'h***@example.com');
  const mine = (await world.citizen.get('/api/v1/notices')).body.items.find((one) => one.kind === 'dossier.accept');
  assert.deepEqual(mine.deliveries.map((one) => [one.channel, one.state]), [['email', 'sent']]);

  const [, url] = /^List-Unsubscribe: <([^>]+)>\r$/m.exec(letter.raw);
  const page = await new Client(world.server.base).get(new URL(url).pathname);
  assert.deepEqual([page.status, page.headers.get('location')], [303, `/huy-thong-bao?ma=${url.split('/').at(-1)}`]);
  // As a mail program does it: RFC 8058, no cookie.
  const ended = await new Client(world.server.base).post(new URL(url).pathname, 'List-Unsubscribe=One-Click', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal(ended.status, 204);
  const next = await filed(world);
  assert.ok((await world.citizen.get('/api/v1/notices')).body.items.some((one) => one.subject === next));
  const { items } = (await world.admin.get('/api/v1/admin/deliveries')).body;
  assert.ok(!items.some((one) => one.subject === next));
  await Promise.all([world.server.stop(), mail.close()]);
}, kTimeout);

test('mail: TLS from the first byte; a certificate of nobody we know gets nothing', async () => {
  const certificates = makeCertificates();
  const mail = await mailServer({ security: 'tls', certificates });
  const world = await started(mail, { security: 'tls', env: { TINHSO_SMTP_CA_FILE: makeCertificates().caFile } });
  await world.citizen.call('PUT', '/api/v1/me/notice-addresses/email', { address: 'hanh@example.com' });
  for (;;) {
    const [one] = (await world.admin.get('/api/v1/admin/deliveries')).body.items;
    if (one?.tries > 0 && one.state === 'waiting') {
      assert.match(one.last_error, /curl 60/);
      break;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  await world.server.stop();
  assert.equal(mail.offered.length, 0);
  const trusted = await started(mail, { security: 'tls', env: { TINHSO_SMTP_CA_FILE: certificates.caFile } });
  await prove(trusted, mail);
  await Promise.all([trusted.server.stop(), mail.close()]);
}, kTimeout);

test('mail: greylisting waits, a refused address is not written to again, a refusal is final', async () => {
  const mail = await mailServer();
  const world = await started(mail);
  await prove(world, mail);
  mail.behave.rcpt = () => refuse(451, '4.7.1 greylisted, come back');
  const grey = await filed(world);
  const waits = await delivery(world, grey, (one) => one.tries === 1 && one.state === 'waiting');
  assert.match(waits.last_error, /^RCPT 451/);
  assert.ok(Date.parse(waits.next_try_at) > Date.now());
  mail.behave.rcpt = undefined;
  mail.behave.data = () => refuse(554, '5.6.0 not like this');
  const refused = await filed(world);
  assert.match((await delivery(world, refused, (one) => one.state === 'failed')).last_error, /^DATA 554/);
  // Its other letter too: one still on its way would meet the next refusal before the next dossier is there.
  await delivery(world, refused, (one) => one.state === 'failed', 'dossier.submit');
  mail.behave.data = undefined;
  mail.behave.rcpt = () => refuse(550, '5.1.1 no such user');
  const gone = await filed(world);
  // The first notice of the dossier meets the refusal; the second is not even planned.
  const dead = await delivery(world, gone, (one) => one.state === 'failed', 'dossier.submit');
  assert.match(dead.last_error, /^RCPT 550/);
  assert.ok((await world.citizen.get('/api/v1/notices')).body.items.some((one) => one.kind === 'address.refused'));
  const settings = (await world.citizen.get('/api/v1/me/notice-settings')).body;
  assert.equal(settings.channels.find((one) => one.channel === 'email').refused, true);
  await Promise.all([world.server.stop(), mail.close()]);
}, kTimeout);

test('mail: a connection cut after the message is unknown, shown, and sent again only when told, with the same id', async () => {
  const mail = await mailServer();
  const world = await started(mail);
  await prove(world, mail);
  mail.behave.data = () => 'drop';
  const code = await filed(world);
  const unknown = await delivery(world, code, (one) => one.state === 'unknown');
  // A filing and its acceptance are two letters; neither is handed over twice by itself.
  const handed = mail.offered.filter((one) => one.subject.includes(code)).map((one) => one.messageId);
  assert.equal(new Set(handed).size, handed.length);
  mail.behave.data = undefined;
  const again = await world.admin.post(`/api/v1/admin/deliveries/${unknown.delivery_id}/retry`);
  assert.equal(again.status, 204, String(again.bytes));
  const letter = await mail.until((one) => one.subject.includes(code));
  await delivery(world, code, (one) => one.state === 'sent');
  assert.equal(mail.offered.filter((one) => one.messageId === letter.messageId).length, 2);
  await Promise.all([world.server.stop(), mail.close()]);
}, kTimeout);

test('mail: a server that says nothing holds up nobody else; one killed before handing over loses nothing', async () => {
  const mail = await mailServer();
  const world = await started(mail, { env: { TINHSO_SMTP_TIMEOUT_S: '5' } });
  await prove(world, mail);
  mail.behave.data = () => 'hang';
  const code = await filed(world);
  // Officers' work goes on meanwhile, results are rendered, an SMS leaves by its own way.
  assert.equal((await world.citizen.call('PUT', '/api/v1/me/notice-addresses/sms', { address: '0912345678' })).status, 200);
  for (;;) {
    const { items } = (await world.admin.get('/api/v1/admin/deliveries?channel=sms')).body;
    if (items[0]?.state === 'sent') break;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.equal((await delivery(world, code, (one) => one.state === 'unknown')).tries, 1);
  // Killed while the mail server is silent before it takes anything: after a restart the message is still there.
  mail.behave.data = undefined;
  mail.behave.connect = () => 'hang';
  const second = await filed(world);
  await delivery(world, second, (one) => one.state === 'sending');
  await world.server.kill();
  const again = await serve(world.province, { web: false });
  const admin = new Client(again.base);
  await admin.signIn('quan-tri');
  const kept = (await admin.get('/api/v1/admin/deliveries')).body.items.find((one) => one.subject === second && one.kind === 'dossier.accept');
  assert.equal(kept.state, 'sending');
  assert.equal(mail.offered.some((one) => one.subject.includes(second)), false);
  await Promise.all([again.stop(), mail.close()]);
}, kTimeout);

test('mail: the administrator tries it out; what is switched off says so', async () => {
  const mail = await mailServer();
  const world = await started(mail);
  const sent = await world.admin.post('/api/v1/admin/deliveries/test', { channel: 'email', address: 'quan-tri@example.com' });
  assert.equal(sent.status, 202, String(sent.bytes));
  const letter = await mail.until((one) => one.to[0] === 'quan-tri@example.com');
  assert.equal(letter.subject, 'Thư thử');
  const off = await world.admin.post('/api/v1/admin/deliveries/test', { channel: 'zalo', address: '0912345678' });
  assert.deepEqual([off.status, off.body.reason], [409, 'notice_channel_off']);
  const removed = await world.citizen.call('DELETE', '/api/v1/me/notice-addresses/email');
  assert.equal(removed.status, 200, String(removed.bytes));
  await Promise.all([world.server.stop(), mail.close()]);
}, kTimeout);
