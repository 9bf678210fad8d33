import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:accounts');
  const query = { q: url.searchParams.get('q') || undefined, limit: 50 };
  const [list, roles] = await orPageError(Promise.all([take(api.GET('/api/v1/admin/accounts', { params: { query } })), take(api.GET('/api/v1/admin/roles'))]), url);
  return { query, list, roles: roles.items };
};
