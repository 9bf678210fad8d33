// The texts of signing in by other ways and of an account's security; fetched when first needed.
import { addMessages } from '$lib/text/i18n.svelte';
import enUrl from '$messages/en.security.json?url';
import viUrl from '$messages/vi.security.json?url';

export const securityWords = () => addMessages({ vi: viUrl, en: enUrl });
