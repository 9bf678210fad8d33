import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, url, depends }) => {
  depends('app:dossier');
  return { dossier: await orPageError(take(api.GET('/api/v1/dossiers/{dossier_code}', { params: { path: { dossier_code: params.code } } })), url) };
};
