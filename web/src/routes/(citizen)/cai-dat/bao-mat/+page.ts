import { redirect } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import { securityWords } from '$lib/security/words';
import { session, startSession } from '$lib/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ depends, parent }) => {
  depends('app:security');
  await parent();
  await Promise.all([startSession(), securityWords()]);
  if (!session.me) redirect(307, '/dang-nhap?tiep=/cai-dat/bao-mat');
  const data = Promise.all([take(api.GET('/api/v1/me/security')), take(api.GET('/api/v1/me/sessions'))]).catch(asPageError);
  // The parts of the page come beside its data.
  const parts = Promise.all([import('./TotpSection.svelte'), import('./PasskeySection.svelte'), import('./LinksSection.svelte'), import('./SessionsSection.svelte')]);
  const [[security, sessions], [totp, passkeys, links, places]] = await Promise.all([data, parts]);
  return { security, sessions: sessions.items, TotpSection: totp.default, PasskeySection: passkeys.default, LinksSection: links.default, SessionsSection: places.default };
};
