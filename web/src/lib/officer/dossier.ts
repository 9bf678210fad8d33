// A dossier as an officer's screens load it.
import { api, take, type Schemas } from '$lib/api/client';

export interface OfficersDossier {
  dossier: Schemas['Dossier'];
  /** null where what colleagues write is not for the reader: his own dossier. */
  notes: Schemas['Note'][] | null;
  /** What other units were asked; null as with notes. */
  opinions: Schemas['Consultations'] | null;
}

export async function loadDossier(dossier_code: string): Promise<OfficersDossier> {
  const params = { path: { dossier_code } };
  const [dossier, notes, opinions] = await Promise.all([
    take(api.GET('/api/v1/dossiers/{dossier_code}', { params })),
    take(api.GET('/api/v1/dossiers/{dossier_code}/notes', { params })).then(
      (answer) => answer.items,
      () => null
    ),
    take(api.GET('/api/v1/dossiers/{dossier_code}/consultations', { params })).catch(() => null)
  ]);
  return { dossier, notes, opinions };
}
