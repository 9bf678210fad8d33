import { api, take } from '$lib/api/client';
import { parametersOf } from '$lib/officer/lists.svelte';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kAsked = ['side', 'cell', 'unit', 'from', 'to', 'frame', 'row'];

export const load: PageLoad = async ({ url }) => {
  const query = parametersOf(url, kAsked) as Record<string, string> & { side: 'here' | 'elsewhere' };
  return { query, list: await orPageError(take(api.GET('/api/v1/reports/any-desk/dossiers', { params: { query } })), url) };
};
