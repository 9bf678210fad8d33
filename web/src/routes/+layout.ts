// A single-page application: the server gives one shell page and the API.
import { redirect } from '@sveltejs/kit';
import { startLanguage } from '$lib/text/i18n.svelte';
import { session, startSession } from '$lib/session.svelte';
import type { LayoutLoad } from './$types';

export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';

export const load: LayoutLoad = async ({ url }) => {
  await Promise.all([startLanguage(), startSession()]);
  // With a password somebody else made, the server grants nothing but changing it.
  if (session.me?.must_change_password && url.pathname !== '/doi-mat-khau') redirect(307, '/doi-mat-khau');
};
