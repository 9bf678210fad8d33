// Short confirmations of something done. Errors are shown where they happened, not here.
interface Toast {
  id: number;
  text: string;
}
const kShownMs = 6000;
let next = 1;
const state = $state<{ items: Toast[] }>({ items: [] });

export const toasts = state;

export function toast(text: string): void {
  const id = next++;
  state.items.push({ id, text });
  setTimeout(() => dismiss(id), kShownMs);
}

export function dismiss(id: number): void {
  state.items = state.items.filter((item) => item.id !== id);
}
