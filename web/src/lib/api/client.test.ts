import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api, ApiError, kSignedOutEvent, take } from './client';

let requests: { url: string; init: RequestInit }[];
let answer: () => Promise<Response>;
let events: string[];

beforeEach(() => {
  requests = [];
  events = [];
  vi.stubGlobal('document', { cookie: 'a=b; tinhso_csrf=t%2Bk' });
  vi.stubGlobal('dispatchEvent', (event: Event) => events.push(event.type));
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    requests.push({ url, init });
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

const json = (status: number, body: unknown) => async () => new Response(JSON.stringify(body), { status });

describe('api', () => {
  it('fills the path, leaves out what is not given, and asks with no token', async () => {
    answer = json(200, { items: [], next_cursor: null });
    await take(api.GET('/api/v1/procedures', { params: { query: { q: 'khai sinh', field: undefined, limit: 3 } } }));
    await api.GET('/api/v1/procedures/{procedure_code}', { params: { path: { procedure_code: '1.0/01' } } });
    expect(requests.map((one) => one.url)).toEqual(['/api/v1/procedures?q=khai+sinh&limit=3', '/api/v1/procedures/1.0%2F01']);
    expect(new Headers(requests[0]?.init.headers).has('X-Tinhso-Csrf')).toBe(false);
  });

  it('sends the token and the idempotency key with what changes something', async () => {
    answer = json(201, { dossier_code: 'H00-1' });
    await take(api.POST('/api/v1/dossiers', { params: { header: { 'Idempotency-Key': 'key-12345' } }, body: { procedure_code: '1', unit_code: '2', channel: 'online', return_method: 'online', answers: {}, declaration: true } }));
    const headers = new Headers(requests[0]?.init.headers);
    expect([headers.get('X-Tinhso-Csrf'), headers.get('Idempotency-Key'), headers.get('Content-Type')]).toEqual(['t+k', 'key-12345', 'application/json']);
  });

  it('turns a problem into an ApiError with its reason and pointers', async () => {
    answer = json(422, { reason: 'validation_failed', errors: [{ pointer: '/answers/a', reason: 'field_required' }] });
    const caught = await take(api.GET('/api/v1/site')).catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(ApiError);
    expect(caught).toMatchObject({ status: 422, reason: 'validation_failed', errors: [{ pointer: '/answers/a', reason: 'field_required' }] });
  });

  it('gives a reason for no network and for an answer that is no JSON', async () => {
    answer = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(take(api.GET('/api/v1/site'))).rejects.toMatchObject({ status: 0, reason: 'network_unreachable' });
    answer = async () => new Response('<html>', { status: 502 });
    await expect(take(api.GET('/api/v1/site'))).rejects.toMatchObject({ status: 502, reason: 'unknown' });
  });

  it('takes an answer without a body', async () => {
    answer = async () => new Response(null, { status: 204 });
    await expect(take(api.POST('/api/v1/notices/read'))).resolves.toBeUndefined();
  });

  it('says that the session ended, but not for a wrong password', async () => {
    answer = json(401, { reason: 'sign_in_required' });
    await api.GET('/api/v1/me');
    await api.POST('/api/v1/session', { body: { username: 'a', password: 'b' } });
    expect(events).toEqual([kSignedOutEvent]);
  });
});
