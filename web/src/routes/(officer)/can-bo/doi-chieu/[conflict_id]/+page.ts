import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, url, depends }) => {
  await parent();
  depends('app:comparison');
  if (!may('person.resolve')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  return { pair: await orPageError(take(api.GET('/api/v1/person-conflicts/{conflict_id}', { params: { path: { conflict_id: params.conflict_id } } })), url) };
};
