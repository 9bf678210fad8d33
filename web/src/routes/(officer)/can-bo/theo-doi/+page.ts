import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, parent, depends }) => {
  depends('app:load');
  await parent();
  if (!may('dossier.assign')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  const [load, times] = await orPageError(Promise.all([take(api.GET('/api/v1/inbox/load')), take(api.GET('/api/v1/work-times'))]), url);
  return { load: load.items, times };
};
