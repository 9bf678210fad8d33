import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, url, depends }) => {
  depends('app:consultation');
  const path = { dossier_code: params.code, consultation_id: params.id };
  return { consultation: await orPageError(take(api.GET('/api/v1/dossiers/{dossier_code}/consultations/{consultation_id}', { params: { path } })), url) };
};
