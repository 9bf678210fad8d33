// A list a screen fetches itself, a page at a time. (What a screen's load function brings goes on in $lib/officer/lists.)
import { reasonOf } from '$lib/api/client';

export class List<Answer extends { items: unknown[]; next_cursor?: string | null }> {
  /** Null until the first page is there. */
  items = $state.raw<Answer['items'] | null>(null);
  busy = $state(false);
  reason = $state('');
  more = $state(false);
  #cursor: string | undefined;
  #asked = 0;
  readonly #fetch: (cursor: string | undefined) => Promise<Answer>;

  constructor(fetch: (cursor: string | undefined) => Promise<Answer>) {
    this.#fetch = fetch;
  }
  /** The answer, unless it failed or something else was asked for meanwhile. */
  async #ask(cursor: string | undefined): Promise<Answer | undefined> {
    const mine = ++this.#asked;
    this.busy = true;
    this.reason = '';
    try {
      const answer = await this.#fetch(cursor);
      if (mine !== this.#asked) return undefined;
      this.items = cursor && this.items ? [...this.items, ...answer.items] : answer.items;
      this.#cursor = answer.next_cursor ?? undefined;
      this.more = this.#cursor !== undefined;
      return answer;
    } catch (caught) {
      if (mine === this.#asked) [this.reason, this.items] = [reasonOf(caught), this.items ?? []];
      return undefined;
    } finally {
      if (mine === this.#asked) this.busy = false;
    }
  }
  /** From the start. What is shown stays until the answer comes; `fresh` takes it away at once. */
  load(fresh = false): Promise<Answer | undefined> {
    if (fresh) this.items = null;
    return this.#ask(undefined);
  }
  loadMore(): Promise<Answer | undefined> {
    return this.#ask(this.#cursor);
  }
}
