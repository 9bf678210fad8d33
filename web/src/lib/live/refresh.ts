// Brings a screen up to date with something its reader did not do. An invalidation wins over a navigation under way, and the click that
// began it would be lost: whoever is leaving is let go.
import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

export async function refresh(what: string): Promise<void> {
  if (!navigating.to) await invalidate(what);
}
