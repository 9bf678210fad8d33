import { loadDossier } from '$lib/officer/dossier';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, url, depends }) => {
  depends('app:dossier');
  return { ...(await orPageError(loadDossier(params.code), url)), part: url.searchParams.get('phan') ?? '' };
};
