import { error } from '@sveltejs/kit';
import { enter } from '$lib/officer/load';
import { session } from '$lib/session.svelte';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ url, parent }) => {
  await enter(url, parent);
  if (!session.me?.permissions.some((one) => one.endsWith('.admin'))) error(403, { message: 'permission_denied', reason: 'permission_denied' });
};
