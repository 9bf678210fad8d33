import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => ({
  dossier: await take(api.GET('/api/v1/dossiers/{dossier_code}', { params: { path: { dossier_code: params.code } } })).catch(asPageError)
});
