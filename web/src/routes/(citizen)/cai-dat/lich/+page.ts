import { redirect } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ depends }) => {
  depends('app:calendar-feed');
  await startSession();
  if (!session.me) redirect(307, '/dang-nhap?tiep=/cai-dat/lich');
  return { feed: await take(api.GET('/api/v1/me/calendar-feed')).catch(asPageError) };
};
