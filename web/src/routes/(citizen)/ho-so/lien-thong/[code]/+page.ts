import { redirect } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => {
  await startSession();
  if (!session.me) redirect(307, `/dang-nhap?tiep=${encodeURIComponent(`/ho-so/lien-thong/${params.code}`)}`);
  return { joint: await take(api.GET('/api/v1/joint-files/{joint_code}', { params: { path: { joint_code: params.code } } })).catch(asPageError) };
};
