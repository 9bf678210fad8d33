// A dossier as an officer's screens load it.
import { api, take, type Schemas } from '$lib/api/client';

export interface OfficersDossier {
  dossier: Schemas['Dossier'];
  /** null where what colleagues write is not for the reader: his own dossier. */
  notes: Schemas['Note'][] | null;
}

export async function loadDossier(dossier_code: string): Promise<OfficersDossier> {
  const params = { path: { dossier_code } };
  const [dossier, notes] = await Promise.all([
    take(api.GET('/api/v1/dossiers/{dossier_code}', { params })),
    take(api.GET('/api/v1/dossiers/{dossier_code}/notes', { params })).then(
      (answer) => answer.items,
      () => null
    )
  ]);
  return { dossier, notes };
}
