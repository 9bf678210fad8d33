// For load functions: what the server refused becomes SvelteKit's error page, with the reason.
import { error } from '@sveltejs/kit';
import { ApiError } from './client';

export function asPageError(caught: unknown): never {
  if (caught instanceof ApiError) error(caught.status >= 400 ? caught.status : 503, { message: caught.reason, reason: caught.reason });
  throw caught;
}
