// A single-page application: the server gives one shell page and the API.
import { startLanguage } from '$lib/text/i18n.svelte';
import { startSession } from '$lib/session.svelte';

export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';

export async function load(): Promise<void> {
  await Promise.all([startLanguage(), startSession()]);
}
