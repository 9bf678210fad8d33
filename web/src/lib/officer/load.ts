// For the load functions of officers' and administrators' screens: a session that ended leads to signing in and back here.
import { redirect } from '@sveltejs/kit';
import { ApiError } from '$lib/api/client';
import { asPageError } from '$lib/api/load';
import { reloadMe, session, startSession } from '$lib/session.svelte';
import { addMessages } from '$lib/text/i18n.svelte';
import enUrl from '$messages/en.officer.json?url';
import viUrl from '$messages/vi.officer.json?url';

function signInAgain(url: URL): never {
  redirect(307, `/dang-nhap?tiep=${encodeURIComponent(url.pathname + url.search)}`);
}

const kChoose = '/phan-cong';

/** The words of officers' screens, for somebody who is signed in. */
export async function enterSignedIn(url: URL, parent: () => Promise<unknown>): Promise<void> {
  // The common words first: the language is known only then.
  await parent();
  await startSession();
  if (!session.me) signInAgain(url);
  await addMessages({ vi: viUrl, en: enUrl });
}

/** What an area's layout waits for: someone signed in, and the words of officers' screens. */
export async function enter(url: URL, parent: () => Promise<unknown>): Promise<void> {
  await enterSignedIn(url, parent);
  // The role asks for two factors: without them the server grants nothing.
  if (session.me?.second_factor_missing) redirect(307, '/cai-dat/bao-mat');
  if (session.me?.assignment_ended) redirect(307, kChoose);
}

/** The data of a load's calls; what the server refused becomes the error page. */
export async function orPageError<Data>(data: Promise<Data>, url: URL): Promise<Data> {
  return data.catch(async (caught: unknown) => {
    if (caught instanceof ApiError && caught.status === 401) signInAgain(url);
    // It ended while one was at work.
    if (caught instanceof ApiError && caught.reason === 'assignment_ended') {
      await reloadMe();
      redirect(307, kChoose);
    }
    asPageError(caught);
  });
}
