import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, url, depends }) => {
  depends('app:receiving-accounts');
  await parent();
  if (!may('payment.admin')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  return { accounts: await orPageError(take(api.GET('/api/v1/admin/payments/accounts')), url) };
};
