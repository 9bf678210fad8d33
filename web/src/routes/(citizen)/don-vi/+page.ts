import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
  const roots = await take(api.GET('/api/v1/units', { params: { query: { kind: 'province' } } })).catch(asPageError);
  const province = roots.items[0];
  const areas = [];
  let cursor: string | undefined;
  // A province has at most some hundreds of communes.
  for (let page = 0; province?.area_code && page < 10; page++) {
    const answer = await take(api.GET('/api/v1/areas', { params: { query: { parent: province.area_code, limit: 100, cursor } } })).catch(asPageError);
    areas.push(...answer.items);
    if (!answer.next_cursor) break;
    cursor = answer.next_cursor;
  }
  return { province, areas };
};
