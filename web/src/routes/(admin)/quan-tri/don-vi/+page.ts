import { api, take } from '$lib/api/client';
import { childrenOf } from '$lib/officer/units';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const roots = (await orPageError(take(api.GET('/api/v1/units', { params: { query: { kind: 'province' } } })), url)).items;
  const root = roots[0];
  return { root, children: root ? await orPageError(childrenOf(root.unit_code), url) : [] };
};
