import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kStates = ['open', 'closed'] as const;

export const load: PageLoad = async ({ url }) => {
  const query = { q: url.searchParams.get('q') || undefined, state: kStates.find((one) => one === url.searchParams.get('loai')), limit: 30 };
  return { query, list: await orPageError(take(api.GET('/api/v1/dossiers', { params: { query } })), url) };
};
