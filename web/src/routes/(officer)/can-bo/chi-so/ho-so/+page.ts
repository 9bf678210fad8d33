import { api, take } from '$lib/api/client';
import { parametersOf } from '$lib/officer/lists.svelte';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kAsked = ['component', 'part', 'unit', 'from', 'to'];

export const load: PageLoad = async ({ url }) => {
  const query = parametersOf(url, kAsked);
  return { query, list: await orPageError(take(api.GET('/api/v1/indices/766/dossiers', { params: { query } })), url) };
};
