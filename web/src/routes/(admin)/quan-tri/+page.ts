import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import { todayOn } from '$lib/text/format';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, parent }) => {
  await parent();
  const year = Number(todayOn().slice(0, 4));
  const [jobs, health, packs, days, work] = await orPageError(
    Promise.all([
      may('jobs.admin') ? take(api.GET('/api/v1/admin/jobs', { params: { query: { state: 'dead', limit: 1 } } })) : null,
      may('jobs.admin') ? take(api.GET('/api/v1/admin/health')) : null,
      may('packs.admin') ? take(api.GET('/api/v1/admin/packs')) : null,
      take(api.GET('/api/v1/calendar/days', { params: { query: { year } } })),
      may('reports.read') ? take(api.GET('/api/v1/inbox/by-unit')) : null
    ]),
    url
  );
  return { jobs: jobs?.counts ?? null, health, packs: packs?.items ?? [], days: days.items, work };
};
