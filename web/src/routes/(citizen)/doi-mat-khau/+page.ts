import { redirect } from '@sveltejs/kit';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
  await startSession();
  if (!session.me?.must_change_password) redirect(307, session.me ? '/cai-dat' : '/dang-nhap');
};
