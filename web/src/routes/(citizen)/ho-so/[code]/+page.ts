import { redirect } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, depends }) => {
  depends('app:dossier');
  await startSession();
  if (!session.me) redirect(307, `/dang-nhap?tiep=${encodeURIComponent(`/ho-so/${params.code}`)}`);
  return { dossier: await take(api.GET('/api/v1/dossiers/{dossier_code}', { params: { path: { dossier_code: params.code } } })).catch(asPageError) };
};
