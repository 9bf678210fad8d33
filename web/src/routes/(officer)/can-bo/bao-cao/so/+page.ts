import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { askedOf } from '../asked';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const { from, to } = askedOf(url);
  const query = { from, to };
  return { query, list: await orPageError(take(api.GET('/api/v1/reports/register', { params: { query } })), url) };
};
