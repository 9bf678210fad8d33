import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:asked');
  return { list: await orPageError(take(api.GET('/api/v1/consultations', {})), url) };
};
