import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { askedOf } from './asked';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const asked = askedOf(url);
  return { asked, table: url.searchParams.get('bang') ?? 'unit', report: await orPageError(take(api.GET('/api/v1/reports/one-stop', { params: { query: asked } })), url) };
};
