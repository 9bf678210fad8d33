// Short confirmations of something done. Errors are shown where they happened, not here.
interface Toast {
  id: number;
  text: string;
}
const kShownMs = 6000;
/** More at once would cover the screen; what they tell stands in the notices as well. */
const kShownMax = 3;
let next = 1;
const state = $state<{ items: Toast[] }>({ items: [] });

export const toasts = state;

export function toast(text: string): void {
  const id = next++;
  state.items = [...state.items, { id, text }].slice(-kShownMax);
  setTimeout(() => dismiss(id), kShownMs);
}

export function dismiss(id: number): void {
  state.items = state.items.filter((item) => item.id !== id);
}
