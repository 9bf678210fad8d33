// Who is signed in, and what this installation is called. Loaded once, before the first screen.
import { api, ApiError, take, type Schemas } from '$lib/api/client';

export type Me = Schemas['Me'];
type Site = Schemas['Site'];

const kSiteKey = 'tinhso.site';
const kMeKey = 'tinhso.me';

const state = $state<{ me: Me | null; site: Site | null; offline: boolean }>({ me: null, site: null, offline: false });
export const session = state;

async function loadMe(): Promise<void> {
  // The session cookie is HttpOnly; its companion tells whether asking is of any use.
  if (!/(?:^|;\s*)tinhso_csrf=/.test(document.cookie)) {
    state.me = null;
    return;
  }
  try {
    remember(await take(api.GET('/api/v1/me')));
  } catch (caught) {
    if (caught instanceof ApiError && (caught.status === 0 || caught.status >= 500)) state.me ??= remembered();
    else remember(null);
  }
}

// Kept for use without network: who it was, without personal data beyond the name. The server checks every request anyway.
function remember(me: Me | null): void {
  state.me = me;
  try {
    if (me) localStorage.setItem(kMeKey, JSON.stringify({ ...me, person: null, assignments: [] }));
    else localStorage.removeItem(kMeKey);
  } catch {
    // Without storage there is no work without network.
  }
}
function remembered(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(kMeKey) ?? 'null') as Me | null;
  } catch {
    return null;
  }
}

async function loadSite(): Promise<void> {
  try {
    state.site = await take(api.GET('/api/v1/site'));
    localStorage.setItem(kSiteKey, JSON.stringify(state.site));
  } catch {
    // Offline: the name seen last time.
    try {
      state.site = JSON.parse(localStorage.getItem(kSiteKey) ?? 'null') as Site | null;
    } catch {
      state.site = null;
    }
  }
}

let started: Promise<void> | undefined;
/** Resolves when `session` is filled; later calls give the same promise. */
export function startSession(): Promise<void> {
  started ??= Promise.all([loadMe(), loadSite()]).then(() => undefined);
  return started;
}

/** The session after any way of signing in. */
export function entered(me: Me): Me {
  remember(me);
  return me;
}

/** Who has signed in; or what the second step needs. */
export async function signIn(username: string, password: string): Promise<Me | Schemas['SecondFactorNeeded']> {
  const answer = await take(api.POST('/api/v1/session', { body: { username, password } }));
  return 'ceremony' in answer ? answer : entered(answer);
}

/** Ends the session here; whoever came from an identity provider is then led there to end it as well. */
export async function signOut(): Promise<void> {
  const answer = await api.DELETE('/api/v1/session').catch(() => undefined);
  remember(null);
  if (answer?.data) location.href = answer.data.continue_url;
}

export async function reloadMe(): Promise<void> {
  await loadMe();
}

export function may(permission: string): boolean {
  return state.me?.permissions.includes(permission) ?? false;
}

/** Where a person starts after signing in. */
export function homeOf(me: Me): string {
  if (me.second_factor_missing) return '/cai-dat/bao-mat';
  if (me.roles.includes('administrator')) return '/quan-tri';
  if (me.permissions.includes('inbox.read')) return '/can-bo';
  return '/ho-so';
}
