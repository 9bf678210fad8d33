import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kStates = ['waiting', 'running', 'done', 'dead'] as const;

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:jobs');
  const query = { state: kStates.find((one) => one === url.searchParams.get('trang-thai')) ?? 'dead', limit: 50 };
  return { query, list: await orPageError(take(api.GET('/api/v1/admin/jobs', { params: { query } })), url) };
};
