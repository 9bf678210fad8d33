import { error } from '@sveltejs/kit';
import { enter } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ url, parent }) => {
  await enter(url, parent);
  if (!may('inbox.read')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
};
