import { error } from '@sveltejs/kit';

// An address that is no screen: the error page, within the public's own frame.
export const load = () => error(404, { message: 'not_found', reason: 'not_found' });
