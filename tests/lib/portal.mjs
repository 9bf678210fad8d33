// A sandbox of the national portal's adapter on this machine. It refuses, delays, repeats and breaks as told, and remembers what it took.
import { createServer } from 'node:http';
import { atEnd } from './runner.mjs';

/**
 * {url, dossiers, progress, calls, mode}. `dossiers` maps a code to the last record taken, `progress` to its steps in the order taken.
 * `mode(service, data)` says what becomes of a call: nothing = taken; {refuse: [code, text]}; {status: 502}; {cut: true} = taken, but the
 * answer is lost; {delay_ms}; {expire: true} = the session ends first.
 */
export async function startPortal({ username = 'tinh', password = 'bi-mat', unitCode = '000.00.00.H12' } = {}) {
  const portal = { dossiers: new Map(), progress: new Map(), calls: [], mode: () => undefined };
  const sessions = new Set();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    const answer = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (request.url === '/mapi/login') {
      if (body.username !== username || body.password !== password) return answer(200, { error_code: '1', message: 'Sai tài khoản' });
      const session = `phien-${sessions.size + 1}`;
      sessions.add(session);
      return answer(200, { session });
    }
    portal.calls.push(body.service);
    const told = portal.mode(body.service, body.data) ?? {};
    if (told.expire) sessions.clear();
    if (!sessions.has(body.session)) return answer(401, {});
    if (body.madonvi !== unitCode) return answer(200, { error_code: '2', message: 'Sai mã đơn vị' });
    if (told.delay_ms) await new Promise((done) => setTimeout(done, told.delay_ms));
    if (told.status) return answer(told.status, {});
    if (told.refuse) return answer(200, { error_code: told.refuse[0], message: told.refuse[1] });
    for (const one of body.data) {
      if (body.service === 'DongBoHoSoMC') portal.dossiers.set(one.MaHoSo, one);
      else portal.progress.set(one.MaHoSo, [...(portal.progress.get(one.MaHoSo) ?? []), one]);
    }
    if (told.cut) return request.socket.destroy();
    return answer(200, { error_code: '0', message: 'Thành công' });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  atEnd(() => void (server.closeAllConnections(), server.close()));
  portal.url = `http://127.0.0.1:${server.address().port}`;
  portal.environment = { TINHSO_PORTAL_URL: portal.url, TINHSO_PORTAL_UNIT_CODE: unitCode, TINHSO_PORTAL_USERNAME: username, TINHSO_PORTAL_PASSWORD: password };
  return portal;
}
