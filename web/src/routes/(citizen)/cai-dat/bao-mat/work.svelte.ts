// A change on the security page: confirmed when the server asks for it, then the page's data fetched again.
import { invalidate } from '$app/navigation';
import { confirmed } from '$lib/security/confirm.svelte';
import { reloadMe } from '$lib/session.svelte';
import { Work } from '$lib/work.svelte';

export class SecurityWork extends Work {
  override run(key: string, work: () => Promise<unknown>): Promise<boolean> {
    return super.run(key, async () => {
      await confirmed(work);
      await Promise.all([invalidate('app:security'), reloadMe()]);
    });
  }
}
