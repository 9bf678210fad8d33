import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { askedOf } from '../bao-cao/asked';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => ({ index: await orPageError(take(api.GET('/api/v1/indices/766', { params: { query: askedOf(url) } })), url) });
