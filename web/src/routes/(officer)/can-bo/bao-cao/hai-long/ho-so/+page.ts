import { api, take } from '$lib/api/client';
import { parametersOf } from '$lib/officer/lists.svelte';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kAsked = ['question', 'value', 'version', 'unit', 'from', 'to', 'frame'];

export const load: PageLoad = async ({ url }) => {
  const { value, ...rest } = parametersOf(url, kAsked);
  const query = { ...rest, value: Number(value) };
  return { query, list: await orPageError(take(api.GET('/api/v1/reports/satisfaction/dossiers', { params: { query } })), url) };
};
