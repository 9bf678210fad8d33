import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => {
  const procedure = await take(api.GET('/api/v1/procedures/{procedure_code}', { params: { path: { procedure_code: params.code } } })).catch(asPageError);
  return { procedure };
};
