import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => ({ unit: params.unit, board: await take(api.GET('/api/v1/queue-boards/{unit_code}', { params: { path: { unit_code: params.unit } } })).catch(asPageError) });
