// The browser's own store (IndexedDB). Drafts and queued dossiers belong to one account (`owner`): on a shared device another
// account never sees them.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Schemas } from '$lib/api/client';
import type { Answers } from '$lib/form/definition';

/** A file chosen by the person. `blob` is there until the server has it; `file_id` after. */
export interface LocalFile {
  key: string;
  name: string;
  size_bytes: number;
  blob?: Blob;
  file_id?: string;
  /** Kept by the office already: the dossier it is from. */
  source?: string;
}

export interface Draft {
  /** `${owner}/${procedure_code}` */
  id: string;
  owner: string;
  procedure_code: string;
  /** The form it is filled by, so that it opens without network. */
  form: Schemas['ProcedureForm'];
  answers: Answers;
  unit_code: string;
  unit_name: string;
  return_method: string;
  /** paper_id → keys of files. */
  papers: Record<string, string[]>;
  files: Record<string, LocalFile>;
  saved_at: string;
}

type OutboxState = 'queued' | 'sending' | 'failed';
export interface OutboxItem {
  /** The idempotency key: made once, when the person pressed "file". */
  key: string;
  owner: string;
  title: string;
  draft: Draft;
  state: OutboxState;
  queued_at: string;
  /** Why the server refused it; it then waits for the person. */
  reason?: string;
  errors?: { pointer: string; reason: string }[];
}

interface Shape extends DBSchema {
  drafts: { key: string; value: Draft };
  outbox: { key: string; value: OutboxItem };
  /** Small answers of the server kept for use without network (list of communes). */
  kept: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Shape>> | undefined;
export function store(): Promise<IDBPDatabase<Shape>> {
  opened ??= openDB<Shape>('tinhso', 1, {
    upgrade(database) {
      database.createObjectStore('drafts', { keyPath: 'id' });
      database.createObjectStore('outbox', { keyPath: 'key' });
      database.createObjectStore('kept');
    }
  });
  return opened;
}

export async function draftsOf(owner: string): Promise<Draft[]> {
  const all = await (await store()).getAll('drafts');
  return all.filter((draft) => draft.owner === owner).sort((a, b) => (a.saved_at < b.saved_at ? 1 : -1));
}
export async function getDraft(owner: string, procedure_code: string): Promise<Draft | undefined> {
  return (await store()).get('drafts', `${owner}/${procedure_code}`);
}
export async function putDraft(draft: Draft): Promise<void> {
  await (await store()).put('drafts', draft);
}
export async function deleteDraft(id: string): Promise<void> {
  await (await store()).delete('drafts', id);
}

/** Everything this account left on this device. */
export async function forget(owner: string): Promise<void> {
  const database = await store();
  for (const draft of await database.getAll('drafts')) if (draft.owner === owner) await database.delete('drafts', draft.id);
  for (const item of await database.getAll('outbox')) if (item.owner === owner) await database.delete('outbox', item.key);
}

/** The network's answer, kept; without network the one kept last. */
export async function keep<Value>(key: string, fetcher: () => Promise<Value>): Promise<Value> {
  try {
    const value = await fetcher();
    await (await store()).put('kept', value, key).catch(() => undefined);
    return value;
  } catch (caught) {
    const kept = await (await store()).get('kept', key).catch(() => undefined);
    if (kept !== undefined) return kept as Value;
    throw caught;
  }
}
