import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { askedOf } from '../bao-cao/asked';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const asked = askedOf(url);
  return { asked, side: url.searchParams.get('bang') ?? 'here', report: await orPageError(take(api.GET('/api/v1/reports/any-desk', { params: { query: asked } })), url) };
};
