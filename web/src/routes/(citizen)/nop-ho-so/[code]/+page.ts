import { redirect } from '@sveltejs/kit';
import { api, ApiError, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => {
  await startSession();
  // People file elsewhere: the procedure's page says where.
  if (session.site?.filing_url) redirect(307, `/thu-tuc/${params.code}`);
  const owner = session.me?.username;
  if (!owner) redirect(307, `/dang-nhap?tiep=${encodeURIComponent(`/nop-ho-so/${params.code}`)}`);
  const draft = await import('$lib/offline/store').then((store) => store.getDraft(owner, params.code)).catch(() => undefined);
  try {
    const form = await take(api.GET('/api/v1/procedures/{procedure_code}/form', { params: { path: { procedure_code: params.code } } }));
    // A newer version of the form may ask other questions: answers stay, what no longer applies is left out when sending.
    return { form, draft, owner };
  } catch (caught) {
    if (draft && caught instanceof ApiError && caught.status === 0) return { form: draft.form, draft, owner };
    return asPageError(caught);
  }
};
