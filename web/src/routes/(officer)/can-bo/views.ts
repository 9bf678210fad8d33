// A saved view and the inbox's address say the same.
import type { Schemas } from '$lib/api/client';

export type ViewQuery = Schemas['InboxViews']['items'][number]['query'];
const kParameters = { q: 'q', state: 'trang-thai', deadline: 'han', sort: 'xep', mine: 'cua-toi' } as const;
/** What each part of a view is called. */
export const kNames = { q: 'inbox.search', state: 'inbox.state', deadline: 'view.deadline', sort: 'inbox.sort', mine: 'view.mine' } as const;

export function queryOf(url: URL): ViewQuery {
  return Object.fromEntries(Object.entries(kParameters).flatMap(([key, parameter]) => (url.searchParams.get(parameter) ? [[key, url.searchParams.get(parameter)]] : [])));
}

export function addressOf(query: ViewQuery): string {
  const parameters = new URLSearchParams(Object.entries(query).map(([key, value]) => [kParameters[key as keyof typeof kParameters], String(value)]));
  return parameters.size ? `?${parameters}` : '';
}

export function same(a: ViewQuery, b: ViewQuery): boolean {
  return Object.keys(kParameters).every((key) => a[key as keyof ViewQuery] === b[key as keyof ViewQuery]);
}
