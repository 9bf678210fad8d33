import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

const kPage = 50;

export const load: PageLoad = async ({ url, depends, parent }) => {
  await parent();
  depends('app:delegations');
  const query = { limit: kPage };
  const none = { items: [], next_cursor: null };
  const [mine, office] = await orPageError(Promise.all([take(api.GET('/api/v1/me/delegations', { params: { query } })), may('delegation.unit') ? take(api.GET('/api/v1/delegations', { params: { query } })) : none]), url);
  return { mine, office, query };
};
