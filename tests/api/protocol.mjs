// Requests that no sound client sends: one clear refusal each, the connection closed, the server still well.
import assert from 'node:assert/strict';
import { test } from '../lib/runner.mjs';
import { as, world } from '../lib/world.mjs';
import { raw, statusOf } from '../lib/raw.mjs';

const kCrLf = '\r\n';

function message(first, headers, body = '') {
  return Buffer.from([first, ...headers, '', ''].join(kCrLf) + body, 'latin1');
}

async function lively() {
  const { base } = await world();
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
}

test('paths: no trick leads out of the web folder or round the routes', async () => {
  const { port } = (await world()).server;
  const tricks = [
    '/../../../../etc/passwd', '/..%2f..%2f..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/%252e%252e/etc/passwd', '/..\\..\\..\\etc\\passwd',
    '/..%5c..%5cetc%5cpasswd', '/%c0%ae%c0%ae/etc/passwd', '/index.html%00.js', '/%00', '//etc/passwd', '/./././../etc/passwd', '/api/v1/../../etc/passwd',
    '/api/v1/files/..%2f..%2fetc%2fpasswd', '/_app/../../../data/tinhso.db', '/....//....//etc/passwd', '/%ff%fe', '/%', '/%zz', '/a\tb', `/${'a'.repeat(9000)}`, `/api/v1/units/${'x/'.repeat(200)}`
  ];
  for (const path of tricks) {
    const answer = await raw(port, message(`GET ${path} HTTP/1.1`, ['Host: localhost', 'Connection: close']));
    const status = statusOf(answer);
    assert.ok(status >= 200 && status < 500, `${path}: ${answer.slice(0, 80)}`);
    assert.ok(!/root:.*:0:0|SQLite format/.test(answer), `${path} leads out`);
    // The application's own page may answer for any page name, never for one that steps upwards.
    if (/\.\.|%00|%2e|%5c/i.test(path)) assert.ok(!/^HTTP\/1.1 2/.test(answer) || /<html/i.test(answer), `${path}: ${answer.slice(0, 200)}`);
  }
  for (const path of ['//api/v1/me', '/api//v1/me', '/api/v1/me/', '/API/v1/me', '/api/v1/%6de', '/api/v1/./me']) {
    const answer = await raw(port, message(`GET ${path} HTTP/1.1`, ['Host: localhost', 'Connection: close']));
    assert.ok([400, 401, 404].includes(statusOf(answer)) || /<html/i.test(answer), `${path}: ${answer.slice(0, 80)}`);
  }
  await lively();
});

test('framing: ambiguous requests are refused and the connection closed', async () => {
  const { port } = (await world()).server;
  const post = 'POST /api/v1/session HTTP/1.1';
  const host = 'Host: localhost';
  const json = 'Content-Type: application/json';
  const next = 'GET /api/v1/site HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const chunked = 'Transfer-Encoding: chunked';
  const cases = [
    ['two different Content-Length', message(post, [host, json, 'Content-Length: 2', 'Content-Length: 40'], `{}${next}`)],
    ['two equal Content-Length', message(post, [host, json, 'Content-Length: 2', 'Content-Length: 2'], `{}${next}`)],
    ['a list as Content-Length', message(post, [host, json, 'Content-Length: 2, 2'], `{}${next}`)],
    ['Content-Length and chunked', message(post, [host, json, 'Content-Length: 5', chunked], `0\r\n\r\n${next}`)],
    ['chunked and Content-Length', message(post, [host, json, chunked, 'Content-Length: 5'], `0\r\n\r\n${next}`)],
    ['two codings', message(post, [host, json, 'Transfer-Encoding: gzip, chunked'], `0\r\n\r\n${next}`)],
    ['an unknown coding', message(post, [host, json, 'Transfer-Encoding: xchunked'], `0\r\n\r\n${next}`)],
    ['chunked twice', message(post, [host, json, chunked, chunked], `0\r\n\r\n${next}`)],
    ['a chunk size that is none', message(post, [host, json, chunked], `zz\r\n{}\r\n0\r\n\r\n`)],
    ['a chunk size beyond numbers', message(post, [host, json, chunked], `ffffffffffffffffff\r\n{}\r\n0\r\n\r\n`)],
    ['a negative Content-Length', message(post, [host, json, 'Content-Length: -1'], '{}')],
    ['a signed Content-Length', message(post, [host, json, 'Content-Length: +2'], '{}')],
    ['a Content-Length in hex', message(post, [host, json, 'Content-Length: 0x2'], '{}')],
    ['a Content-Length beyond numbers', message(post, [host, json, 'Content-Length: 99999999999999999999999'], '{}')],
    ['a space before the colon', message(post, [host, json, 'Content-Length : 2'], '{}')],
    ['a header without a colon', message('GET /healthz HTTP/1.1', [host, 'nonsense'])],
    ['a folded header', message('GET /healthz HTTP/1.1', [host, 'X-A: 1', ' X-B: 2'])],
    ['a header folded over the first line', Buffer.from('GET /healthz HTTP/1.1\r\n\tHost: localhost\r\n\r\n')],
    ['a folded Transfer-Encoding', message(post, [host, json, 'Content-Length: 5', 'Transfer-Encoding:', ' chunked'], `0\r\n\r\n${next}`)],
    ['a NUL in a header', message('GET /healthz HTTP/1.1', [host, 'X-A: a\0b'])],
    ['lines ended by LF only', Buffer.from('GET /healthz HTTP/1.1\nHost: localhost\n\n')],
    ['no Host', message('GET /healthz HTTP/1.1', ['X-A: 1'])],
    ['two Hosts', message('GET /healthz HTTP/1.1', [host, 'Host: evil.example'])],
    ['another Host', message('GET /healthz HTTP/1.1', ['Host: evil.example'])],
    ['another Host with our name in it', message('GET /healthz HTTP/1.1', ['Host: localhost.evil.example'])],
    ['an absolute target of another host', message('GET http://evil.example/api/v1/me HTTP/1.1', ['Host: evil.example'])],
    ['headers over the limit', message('GET /healthz HTTP/1.1', [host, `X-A: ${'a'.repeat(70_000)}`])],
    ['many headers', message('GET /healthz HTTP/1.1', [host, ...Array.from({ length: 3000 }, (_, i) => `X-${i}: 1`)])],
    ['an old protocol', Buffer.from('GET /healthz\r\n\r\n')],
    ['an unknown version', message('GET /healthz HTTP/9.9', [host])],
    ['HTTP/2 at once', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00, 0x0d, 0x0a, 0x0d, 0x0a])],
    ['CONNECT', message('CONNECT localhost:22 HTTP/1.1', [host, 'Connection: close'])],
    ['TRACE', message('TRACE /healthz HTTP/1.1', [host, 'Cookie: a=b', 'Connection: close'])],
    ['a JSON body over the limit by its length', message('POST /api/v1/session HTTP/1.1', [host, json, 'Content-Length: 9000000'], '{')],
    ['a file over the limit by its length', message('POST /api/v1/files?name=a.pdf HTTP/1.1', [host, 'Content-Type: application/octet-stream', 'Content-Length: 53000000000'], '%PDF')]
  ];
  const wrong = [];
  for (const [what, bytes] of cases) {
    const answer = await raw(port, bytes).catch((error) => error.message);
    const status = statusOf(answer);
    // Nothing at all is an answer too, to what is not HTTP; a second answer would be a smuggled request.
    const answers = answer.split('HTTP/1.1 ').length - 1;
    if (!(status === 0 && answer === '') && !(status >= 400 && status < 506 && status !== 500 && answers === 1)) wrong.push(`${what}: ${answer.slice(0, 120)}`);
  }
  assert.deepEqual(wrong, []);
  await lively();
});

test('bodies: a chunked one is counted as it comes', async () => {
  const { port } = (await world()).server;
  const block = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  const answer = await raw(port, message('POST /api/v1/session HTTP/1.1', ['Host: localhost', 'Content-Type: application/json', 'Transfer-Encoding: chunked'], block.repeat(60) + '0\r\n\r\n'));
  // The server may close while we still send; then its answer can be lost on the way.
  assert.ok([0, 413].includes(statusOf(answer)), answer.slice(0, 100));
  await lively();
});

test('headers: answers forbid sniffing, framing and foreign script', async () => {
  const { base } = await world();
  for (const path of ['/', '/thu-tuc', '/api/v1/site', '/api/v1/me', '/khong-co-trang-nay']) {
    const { headers } = await fetch(base + path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'|default-src 'self'/, path);
    assert.doesNotMatch(headers.get('content-security-policy'), /script-src[^;]*'unsafe-(inline|eval)'/, path);
    assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'/, path);
    assert.ok(headers.get('referrer-policy'), path);
  }
  const mine = await (await as('cong-dan')).get('/api/v1/me');
  assert.match(mine.headers.get('cache-control') ?? '', /no-store|private/);
});
