import type { HandleClientError } from '@sveltejs/kit';
import { ApiError } from '$lib/api/client';

// What a load function threw becomes the error page's `reason`.
export const handleError: HandleClientError = ({ error, message }) => {
  if (error instanceof ApiError) return { message, reason: error.reason };
  return { message };
};
