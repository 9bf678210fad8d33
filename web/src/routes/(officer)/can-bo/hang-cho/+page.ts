import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import { todayOn } from '$lib/text/format';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, parent }) => {
  await parent();
  if (!may('queue.serve')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  const query = { from: url.searchParams.get('tu') ?? todayOn(), to: url.searchParams.get('den') ?? todayOn() };
  return { query, figures: await orPageError(take(api.GET('/api/v1/queue/figures', { params: { query } })), url) };
};
