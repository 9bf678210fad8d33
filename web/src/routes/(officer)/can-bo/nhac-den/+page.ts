import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:mentions');
  return { list: await orPageError(take(api.GET('/api/v1/mentions')), url) };
};
