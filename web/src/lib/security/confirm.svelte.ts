// Proof of presence: a call the server answers with "confirmation_required" is made again once the person has confirmed.
// The page shows <ConfirmDialog />.
import { ApiError } from '$lib/api/client';

const state = $state<{ done: ((confirmed: boolean) => void) | null }>({ done: null });
export const asking = state;

export async function confirmed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (caught) {
    if (!(caught instanceof ApiError) || caught.reason !== 'confirmation_required') throw caught;
    const yes = await new Promise<boolean>((done) => (state.done = done));
    state.done = null;
    if (!yes) throw caught;
    return work();
  }
}
