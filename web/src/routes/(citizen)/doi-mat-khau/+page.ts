import { redirect } from '@sveltejs/kit';
import { homeOf, session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
  await startSession();
  // Home, as after the change itself: whichever of the two comes first, one ends there.
  if (!session.me?.must_change_password) redirect(307, session.me ? homeOf(session.me) : '/dang-nhap');
};
