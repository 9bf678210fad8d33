import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, url, depends }) => {
  depends('app:complaint');
  await parent();
  if (!may('complaint.answer')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  return { complaint: await orPageError(take(api.GET('/api/v1/complaints/{complaint_code}', { params: { path: { complaint_code: params.code } } })), url) };
};
