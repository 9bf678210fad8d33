import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => ({ rates: await take(api.GET('/api/v1/public/on-time')).catch((caught: unknown) => asPageError(caught)) });
