// Under which assignment one acts: one of one's own, or one that was delegated.
import { api, take, type Schemas } from '$lib/api/client';
import { renewStream } from '$lib/live/stream';
import { reloadMe, session } from '$lib/session.svelte';

export function presentAssignment(): Schemas['Me']['assignments'][number] | undefined {
  return session.me?.assignments.find((one) => one.assignment_id === session.me?.assignment_id);
}

/** The office one acts for; empty for who has no assignment. */
export function ownOffice(): string {
  return presentAssignment()?.unit.authority_code ?? '';
}

/** A unit of one's own office: the office, or what stands below it. */
export function isOfOwnOffice(unit_code: string): boolean {
  return unit_code === ownOffice() || unit_code.startsWith(`${ownOffice()}.`);
}

export async function actUnder(assignment_id: string): Promise<void> {
  await take(api.POST('/api/v1/me/assignment', { body: { assignment_id } }));
  await reloadMe();
  renewStream();
}
