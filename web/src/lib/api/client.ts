// The only door to the server. Types come from the contract (schema.d.ts is generated from api/openapi.yaml).
//   const result = await api.GET('/api/v1/procedures', { params: { query: { q } } });
//   if (result.error) …problemOf(result)… else result.data
// or, shorter: `const page = await take(api.GET(…))`, which throws an ApiError for the caller or the error page.
import createClient, { type Middleware } from 'openapi-fetch';
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

/** A new idempotency key: one per thing a person means to do once, kept across retries. */
export function newKey(): string {
  // randomUUID is missing on plain-http hosts other than localhost.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const headers: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') {
      const token = csrfToken();
      if (token) request.headers.set('X-Tinhso-Csrf', token);
    }
    return request;
  },
  onError() {
    return new ApiError(0, 'network_unreachable');
  }
};

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
api.use(headers);

/** Turns whatever came back instead of data into an ApiError. */
export function problemOf(error: unknown, response: Response | undefined): ApiError {
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
