import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url }) => {
  await parent();
  if (!may('person.resolve')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  const query = { state: url.searchParams.get('loai') === 'decided' ? ('decided' as const) : ('pending' as const), limit: 30 };
  return { query, list: await orPageError(take(api.GET('/api/v1/person-conflicts', { params: { query } })), url) };
};
