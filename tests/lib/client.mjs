// An outside client: it knows the contract and nothing else. Every answer it gets is held to the contract.
import assert from 'node:assert/strict';
import { hold } from './contract.mjs';

export const kPassword = 'tinhso-demo';

async function firstWords(response) {
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []);
}

export class Client {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  /** {status, body, bytes, headers}: body is the parsed JSON or null. */
  async call(method, path, body, headers = {}) {
    const sent = { ...headers };
    if (this.cookies.size && !('cookie' in sent)) sent.cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
    if (this.cookies.has('tinhso_csrf') && !('x-tinhso-csrf' in sent) && method !== 'GET') sent['x-tinhso-csrf'] = this.cookies.get('tinhso_csrf');
    if (sent['x-tinhso-csrf'] === null) delete sent['x-tinhso-csrf'];
    let data;
    if (body instanceof Uint8Array) {
      data = body;
      sent['content-type'] ??= 'application/octet-stream';
    } else if (body !== undefined) {
      data = typeof body === 'string' ? body : JSON.stringify(body);
      sent['content-type'] ??= 'application/json';
    }
    const response = await fetch(this.base + path, { method, headers: sent, body: data, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair, ...attributes] = cookie.split(';');
      const at = pair.indexOf('=');
      if (attributes.some((one) => /^\s*max-age=0$/i.test(one))) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const type = response.headers.get('content-type') ?? '';
    // A stream of events has no end: its first words are enough to be held to the contract.
    const bytes = type.startsWith('text/event-stream') ? await firstWords(response) : Buffer.from(await response.arrayBuffer());
    hold(method, path, response.status, type, bytes);
    return { status: response.status, headers: response.headers, type, bytes, body: type.includes('json') ? JSON.parse(bytes.toString('utf8')) : null };
  }

  get(path, headers) {
    return this.call('GET', path, undefined, headers);
  }

  post(path, body, headers) {
    return this.call('POST', path, body, headers);
  }

  async signIn(username, password = kPassword) {
    const answer = await this.post('/api/v1/session', { username, password });
    assert.equal(answer.status, 200, `${username}: ${answer.bytes}`);
    this.me = answer.body;
    return answer.body;
  }

  /** Acts under the assignment at this unit. */
  async actAt(unitCode) {
    const mine = this.me.assignments.find((one) => one.unit.unit_code === unitCode);
    assert.ok(mine, `${this.me.username} has no assignment at ${unitCode}`);
    const answer = await this.post('/api/v1/me/assignment', { assignment_id: mine.assignment_id });
    assert.equal(answer.status, 200, String(answer.bytes));
    this.me = answer.body;
  }

  async upload(bytes, name = 'giay-to.pdf') {
    const answer = await this.post(`/api/v1/files?name=${encodeURIComponent(name)}`, new Uint8Array(bytes));
    assert.equal(answer.status, 201, String(answer.bytes));
    return answer.body.file_id;
  }

  async dossier(code) {
    const answer = await this.get(`/api/v1/dossiers/${code}`);
    assert.equal(answer.status, 200, String(answer.bytes));
    return answer.body;
  }

  /** One step of the workflow with the version seen now; the dossier after it. */
  async act(code, action, more = {}) {
    const { version } = await this.dossier(code);
    const answer = await this.post(`/api/v1/dossiers/${code}/actions`, { action, version, ...more });
    assert.equal(answer.status, 200, `${action}: ${answer.bytes}`);
    return answer.body;
  }

  /** Every item of a list, page by page. */
  async all(path, limit) {
    const items = [];
    for (let cursor = null, pages = 0; ; pages++) {
      assert.ok(pages < 500, `${path} has no end`);
      const joint = path.includes('?') ? '&' : '?';
      const answer = await this.get(`${path}${joint}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      assert.equal(answer.status, 200, String(answer.bytes));
      assert.ok(answer.body.items.length <= limit);
      items.push(...answer.body.items);
      cursor = answer.body.next_cursor;
      if (cursor === null) return items;
    }
  }
}
