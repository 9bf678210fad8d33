// The application's one outbox over IndexedDB, and what screens show of it.
import { ApiError, reasonOf } from '$lib/api/client';
import { session } from '$lib/session.svelte';
import { Outbox } from './outbox';
import { deleteDraft, store, type OutboxItem } from './store';
import { isTemporary, sendDraft } from './submit';

const state = $state<{ items: OutboxItem[] }>({ items: [] });
export const queued = state;

async function locked<Value>(run: () => Promise<Value>): Promise<Value> {
  // Web Locks need a secure context; without them one tab at a time is the person's own doing.
  if (!navigator.locks) return run();
  return (await navigator.locks.request('tinhso.outbox', run)) as Value;
}

async function refresh(): Promise<void> {
  const owner = session.me?.username;
  state.items = owner ? await outbox.items(owner) : [];
}

export const outbox = new Outbox(
  {
    storage: {
      all: async () => (await store()).getAll('outbox'),
      get: async (key) => (await store()).get('outbox', key),
      put: async (item) => void (await (await store()).put('outbox', item)),
      delete: async (key) => (await store()).delete('outbox', key)
    },
    send: sendDraft,
    locked,
    temporary: isTemporary,
    reasonOf: (caught) => ({ reason: reasonOf(caught), errors: caught instanceof ApiError ? caught.errors.map(({ pointer, reason }) => ({ pointer, reason })) : [] })
  },
  () => void refresh()
);

/** Sends what waits; the codes of what went through. */
export async function flushOutbox(): Promise<{ key: string; dossier_code: string }[]> {
  const owner = session.me?.username;
  if (!owner) return [];
  const before = await outbox.items(owner);
  const sent = await outbox.flush(owner);
  for (const one of sent) {
    const item = before.find((candidate) => candidate.key === one.key);
    if (item) await deleteDraft(item.draft.id);
  }
  await refresh();
  return sent;
}

let watching = false;
/** Tries at start, when the network comes back and when the page is looked at again. */
export function watchOutbox(): void {
  void refresh().then(() => flushOutbox());
  if (watching) return;
  watching = true;
  addEventListener('online', () => void flushOutbox());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && state.items.length > 0 && void flushOutbox());
}
