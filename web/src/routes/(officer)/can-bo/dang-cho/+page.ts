import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kKinds = ['supplement', 'payment', 'unit', 'agency'] as const;

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:waiting');
  const query = { kind: kKinds.find((one) => one === url.searchParams.get('loai')), mine: url.searchParams.get('cua-toi') === '1' ? '1' : undefined };
  return { query, list: await orPageError(take(api.GET('/api/v1/waiting', { params: { query } })), url) };
};
