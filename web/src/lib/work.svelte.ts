// One change at a time on a screen: which is under way, why the last one failed, which answers of it were wrong.
import { ApiError, reasonOf } from '$lib/api/client';
import { tError } from '$lib/text/i18n.svelte';

export class Work {
  busy = $state('');
  failed = $state('');
  /** Texts by field name. */
  errors = $state.raw<Record<string, string>>({});
  readonly #fields: readonly string[];

  /** `fields`: names of the answers whose errors the screen shows beside them; any other error is one of the whole. */
  constructor(...fields: string[]) {
    this.#fields = fields;
  }
  clear(): void {
    [this.failed, this.errors] = ['', {}];
  }
  /** True when it was done. */
  async run(key: string, work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = key;
    this.clear();
    try {
      await work();
      return true;
    } catch (caught) {
      const wrong = (caught instanceof ApiError ? caught.errors : []).map((one) => [one.pointer.slice(1), tError(one.reason)]).filter(([name]) => this.#fields.includes(name ?? ''));
      this.errors = Object.fromEntries(wrong);
      // Who called off the question for a password knows that nothing happened.
      if (!wrong.length && reasonOf(caught) !== 'confirmation_required') this.failed = reasonOf(caught);
      return false;
    } finally {
      this.busy = '';
    }
  }
}
