// Under which assignment one acts: one of one's own, or one that was delegated.
import { api, take } from '$lib/api/client';
import { renewStream } from '$lib/live/stream';
import { reloadMe } from '$lib/session.svelte';

export async function actUnder(assignment_id: string): Promise<void> {
  await take(api.POST('/api/v1/me/assignment', { body: { assignment_id } }));
  await reloadMe();
  renewStream();
}
