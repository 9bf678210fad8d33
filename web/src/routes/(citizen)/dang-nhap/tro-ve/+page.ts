import { securityWords } from '$lib/security/words';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent();
  await securityWords();
};
