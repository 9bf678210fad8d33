import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kDues = ['late', 'today', 'soon'] as const;

export const load: PageLoad = async ({ url }) => {
  const asked = url.searchParams;
  const query = { account_id: asked.get('nguoi') ?? undefined, title: asked.get('thu_tuc') ?? undefined, due: kDues.find((one) => one === asked.get('han')) };
  return { query, list: await orPageError(take(api.GET('/api/v1/inbox/office', { params: { query } })), url) };
};
