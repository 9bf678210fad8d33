// From a draft to a filed dossier: uploads what is not yet uploaded, then files it under the item's key.
import { api, ApiError, take, type Schemas } from '$lib/api/client';
import { uploadFile } from '$lib/api/upload';
import { prune } from '$lib/form/condition';
import type { FormDefinition } from '$lib/form/definition';
import { kLocalPrefix } from './local';
import type { Sender } from './outbox';
import type { Draft } from './store';

/** "local:KEY" answers of file questions become the ids the server gave. */
function withFileIds(value: unknown, files: Draft['files']): unknown {
  if (typeof value === 'string' && value.startsWith(kLocalPrefix)) return files[value.slice(kLocalPrefix.length)]?.file_id ?? value;
  if (Array.isArray(value)) return value.map((one) => withFileIds(one, files));
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withFileIds(one, files)]));
  return value;
}

function localKeys(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string' && value.startsWith(kLocalPrefix)) found.push(value.slice(kLocalPrefix.length));
  else if (value && typeof value === 'object') for (const one of Object.values(value)) localKeys(one, found);
  return found;
}

/** What is sent, once every file has its id. */
export function bodyOf(draft: Draft): Schemas['NewDossier'] {
  const answers = prune(draft.form.form as unknown as FormDefinition, draft.answers);
  return {
    procedure_code: draft.procedure_code,
    unit_code: draft.unit_code,
    channel: 'online',
    return_method: draft.return_method as Schemas['NewDossier']['return_method'],
    answers: withFileIds(answers, draft.files) as Record<string, unknown>,
    declaration: true,
    papers: Object.entries(draft.papers)
      .map(([paper_id, keys]) => {
        const files = keys.flatMap((key) => draft.files[key] ?? []);
        const reuse = files.flatMap(({ source, file_id }) => (source && file_id ? { dossier_code: source, file_id } : []));
        return { paper_id, file_ids: files.flatMap(({ source, file_id }) => (!source && file_id) || []), ...(reuse.length && { reuse }) };
      })
      .filter((paper) => paper.file_ids.length > 0 || paper.reuse)
  };
}

export const sendDraft: Sender = async (item, save) => {
  let draft = item.draft;
  const wanted = new Set([...Object.values(draft.papers).flat(), ...localKeys(draft.answers)]);
  for (const key of wanted) {
    const file = draft.files[key];
    if (!file || file.file_id || !file.blob) continue;
    const stored = await uploadFile(file.blob, file.name);
    draft = { ...draft, files: { ...draft.files, [key]: { ...file, blob: undefined, file_id: stored.file_id } } };
    await save({ ...item, draft });
  }
  const dossier = await take(api.POST('/api/v1/dossiers', { params: { header: { 'Idempotency-Key': item.key } }, body: bodyOf(draft) }));
  return dossier.dossier_code;
};

/** No network, a busy or failing server, or a session that ended: the item waits; anything else needs the person. */
export function isTemporary(caught: unknown): boolean {
  if (!(caught instanceof ApiError)) return false;
  return caught.status === 0 || caught.status === 401 || caught.status === 408 || caught.status === 429 || caught.status >= 500;
}
