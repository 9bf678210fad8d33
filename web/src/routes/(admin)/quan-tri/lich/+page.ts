import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { todayOn } from '$lib/text/format';
import type { PageLoad } from './$types';

const kYearMin = 2000;
const kYearMax = 2100;

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:calendar');
  const asked = Number(url.searchParams.get('nam'));
  const year = asked >= kYearMin && asked <= kYearMax ? asked : Number(todayOn().slice(0, 4));
  return { year, days: (await orPageError(take(api.GET('/api/v1/calendar/days', { params: { query: { year } } })), url)).items };
};
