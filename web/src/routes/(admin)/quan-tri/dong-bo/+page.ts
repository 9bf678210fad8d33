import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends, parent }) => {
  await parent();
  depends('app:portal');
  return { portal: await orPageError(take(api.GET('/api/v1/admin/portal')), url) };
};
