// The only door to the server. Types come from the contract (schema.d.ts is generated from api/openapi.yaml) through openapi-fetch's
// types; the sending is written here, because its run-time part is a twentieth of what a citizen's screen may weigh.
//   const result = await api.GET('/api/v1/procedures', { params: { query: { q } } });
//   if (result.error) …problemOf(result)… else result.data
// or, shorter: `const page = await take(api.GET(…))`, which throws an ApiError for the caller or the error page.
import type { Client } from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** An answer that is a problem, or no answer at all (status 0, reason "network_unreachable"). */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly errors: { pointer: string; reason: string; detail?: string }[];
  readonly retry_after_s: number | undefined;
  constructor(status: number, reason: string, errors: ApiError['errors'] = [], retry_after_s?: number) {
    super(reason);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.errors = errors;
    this.retry_after_s = retry_after_s;
  }
}

export function csrfToken(): string {
  const match = /(?:^|;\s*)tinhso_csrf=([^;]+)/.exec(document.cookie);
  return match?.[1] ? decodeURIComponent(match[1]) : '';
}

/** Sent on the window when the server no longer knows the session. */
export const kSignedOutEvent = 'tinhso:signed-out';

/** A new idempotency key: one per thing a person means to do once, kept across retries. */
export function newKey(): string {
  // randomUUID is missing on plain-http hosts other than localhost.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Options {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, unknown> };
  body?: unknown;
  signal?: AbortSignal;
}

async function send(method: string, path: string, options: Options = {}): Promise<{ data?: unknown; error?: unknown; response: Response }> {
  const { params = {}, body, signal } = options;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params.query ?? {})) if (value !== undefined && value !== null) query.set(name, String(value));
  const url = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(params.path?.[name] ?? '')));
  const headers = new Headers({ Accept: 'application/json' });
  for (const [name, value] of Object.entries(params.header ?? {})) if (value !== undefined) headers.set(name, String(value));
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (method !== 'GET') headers.set('X-Tinhso-Csrf', csrfToken());
  const response = await fetch(query.size ? `${url}?${query}` : url, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) }).catch(() => {
    throw new ApiError(0, 'network_unreachable');
  });
  // A session that ended while the page was open; the root layout listens. A refused sign-in is no such thing.
  if (response.status === 401 && !path.startsWith('/api/v1/session')) dispatchEvent(new Event(kSignedOutEvent));
  const text = await response.text().catch(() => '');
  let content: unknown;
  try {
    content = text ? JSON.parse(text) : undefined;
  } catch {
    content = undefined;
  }
  return response.ok ? { data: content, response } : { error: content ?? {}, response };
}

const calls = Object.fromEntries(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, (path: string, options?: Options) => send(method, path, options)]));
export const api = calls as unknown as Pick<Client<paths>, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>;

/** Turns whatever came back instead of data into an ApiError. */
function problemOf(error: unknown, response: Response | undefined): ApiError {
  const problem = error as Partial<Problem> | undefined;
  return new ApiError(response?.status ?? 0, problem?.reason ?? 'unknown', problem?.errors ?? [], problem?.retry_after_s);
}

/** The data of a call, or a thrown ApiError. */
export async function take<Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>): Promise<Data> {
  const { data, error, response } = await call;
  if (error !== undefined || !response.ok) throw problemOf(error, response);
  return data as Data;
}

/** What to tell the person about anything caught. */
export function reasonOf(caught: unknown): string {
  return caught instanceof ApiError ? caught.reason : 'unknown';
}
