import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kDeadlines = ['late', 'soon', 'ok', 'none'] as const;
const kSorts = ['due', 'received', 'code'] as const;
const kPage = 50;

/** The address holds every filter: a reload, a link and the way back from a dossier show the same list. */
export const load: PageLoad = async ({ url, depends }) => {
  depends('app:inbox');
  const asked = url.searchParams;
  const query = {
    q: asked.get('q') || undefined,
    state: asked.get('trang-thai') || undefined,
    deadline: kDeadlines.find((one) => one === asked.get('han')),
    sort: kSorts.find((one) => one === asked.get('xep')) ?? 'due',
    mine: asked.get('cua-toi') === '1' ? ('1' as const) : undefined,
    limit: kPage
  };
  const [list, counts, views] = await orPageError(Promise.all([take(api.GET('/api/v1/inbox', { params: { query } })), take(api.GET('/api/v1/inbox/counts')), take(api.GET('/api/v1/inbox/views'))]), url);
  return { list, counts, views, query };
};
