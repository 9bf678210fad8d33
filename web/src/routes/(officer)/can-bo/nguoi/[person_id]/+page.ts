import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, url, depends }) => {
  await parent();
  depends('app:person');
  if (!may('person.read')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  const file = await orPageError(take(api.GET('/api/v1/persons/{person_id}', { params: { path: { person_id: params.person_id } } })), url);
  const dossiers = await orPageError(take(api.GET('/api/v1/dossiers', { params: { query: { person_id: params.person_id, limit: 20 } } })), url);
  return { file, dossiers };
};
