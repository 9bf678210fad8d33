import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { askedOf } from '../asked';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => {
  const asked = askedOf(url);
  return { asked, report: await orPageError(take(api.GET('/api/v1/reports/satisfaction', { params: { query: asked } })), url) };
};
