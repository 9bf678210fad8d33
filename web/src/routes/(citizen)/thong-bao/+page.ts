import { redirect } from '@sveltejs/kit';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
  await startSession();
  if (!session.me) redirect(307, '/dang-nhap?tiep=/thong-bao');
};
