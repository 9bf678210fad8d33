// What the officers' and administrators' lists share: further pages, filters kept in the address, searching while one types.
import { beforeNavigate, goto } from '$app/navigation';
import { page } from '$app/state';
import { reasonOf } from '$lib/api/client';

interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** The first page as the screen's data brings it, and those asked for after it; a new first page forgets the others. */
export class Pages<Item> {
  busy = $state(false);
  failed = $state('');
  #added = $state.raw<{ to: unknown; items: Item[]; next: string | null } | null>(null);
  readonly #first: () => Page<Item>;
  readonly #fetch: (cursor: string) => Promise<Page<Item>>;

  constructor(first: () => Page<Item>, fetch: (cursor: string) => Promise<Page<Item>>) {
    this.#first = first;
    this.#fetch = fetch;
  }
  get #more() {
    return this.#added?.to === this.#first() ? this.#added : null;
  }
  get items(): Item[] {
    return this.#more ? [...this.#first().items, ...this.#more.items] : this.#first().items;
  }
  get next(): string | null {
    return this.#more ? this.#more.next : this.#first().next_cursor;
  }
  /** Further pages stand open: the list must not jump under the reader. */
  get open(): boolean {
    return this.#more !== null;
  }
  async load(): Promise<void> {
    const [to, cursor] = [this.#first(), this.next];
    if (!cursor || this.busy) return;
    this.busy = true;
    this.failed = '';
    try {
      const answer = await this.#fetch(cursor);
      if (to === this.#first()) this.#added = { to, items: [...(this.#more?.items ?? []), ...answer.items], next: answer.next_cursor };
    } catch (caught) {
      this.failed = reasonOf(caught);
    } finally {
      this.busy = false;
    }
  }
}

/** Of an address' parameters those a call takes. */
export function parametersOf(url: URL, names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...url.searchParams].filter(([name]) => names.includes(name)));
}

/** Puts a filter into the address, or takes it away. */
export async function setFilter(name: string, value: string): Promise<void> {
  const url = new URL(page.url);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  if (url.search !== page.url.search) await goto(url, { replaceState: true, keepFocus: true, noScroll: true });
}

/** Calls `search` once typing pauses. Whoever opens a row before that is not called back. For the top of a component. */
export function afterTyping(search: () => void, pause_ms = 250): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  beforeNavigate(() => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(search, pause_ms);
  };
}
