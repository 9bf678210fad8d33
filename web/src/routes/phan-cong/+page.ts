import { enterSignedIn } from '$lib/officer/load';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url, parent }) => enterSignedIn(url, parent);
