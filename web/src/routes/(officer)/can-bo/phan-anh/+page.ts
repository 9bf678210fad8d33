import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url, depends }) => {
  depends('app:complaints');
  await parent();
  if (!may('complaint.answer')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  const state = url.searchParams.get('trang-thai') === 'answered' ? ('answered' as const) : ('open' as const);
  return { state, list: await orPageError(take(api.GET('/api/v1/complaints', { params: { query: { state } } })), url) };
};
