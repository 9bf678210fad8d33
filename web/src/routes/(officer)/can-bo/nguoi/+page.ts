import { error } from '@sveltejs/kit';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  if (!may('person.read')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
};
