// One change at a time on the security page: confirmed when the server asks for it, then the page's data fetched again.
import { invalidate } from '$app/navigation';
import { ApiError, reasonOf } from '$lib/api/client';
import { confirmed } from '$lib/security/confirm.svelte';
import { reloadMe } from '$lib/session.svelte';

export class Work {
  busy = $state('');
  failed = $state('');
  field = $state('');

  /** True when it was done. */
  async run(key: string, work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = key;
    [this.failed, this.field] = ['', ''];
    try {
      await confirmed(work);
      await Promise.all([invalidate('app:security'), reloadMe()]);
      return true;
    } catch (caught) {
      const broken = caught instanceof ApiError ? caught.errors[0] : undefined;
      if (broken) this.field = broken.reason;
      // Who called off the question knows that nothing happened.
      else if (reasonOf(caught) !== 'confirmation_required') this.failed = reasonOf(caught);
      return false;
    } finally {
      this.busy = '';
    }
  }
}
