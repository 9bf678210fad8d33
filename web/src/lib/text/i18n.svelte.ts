// Our own small translator: t('key', {name}) looks the key up in the chosen language. The choice is kept in the browser.
// Texts are data, not script: files fetched beside the scripts (the shell page preloads the Vietnamese one). The officers' and
// administrators' texts are files of their own, so that citizens do not download them: their layouts call `addMessages`.
import enUrl from '$messages/en.json?url';
import viUrl from '$messages/vi.json?url';
import type vi from '$messages/vi.json';
import type officer from '$messages/vi.officer.json';
import type security from '$messages/vi.security.json';

export type Language = 'vi' | 'en';
export type MessageKey = keyof typeof vi | keyof typeof officer | keyof typeof security;
type Messages = Record<string, string>;
type Params = Record<string, string | number>;

const kStorageKey = 'tinhso.language';
const files: Record<Language, string>[] = [{ vi: viUrl, en: enUrl }];

const state = $state<{ language: Language; messages: Messages }>({ language: 'vi', messages: {} });

function stored(): Language {
  try {
    return localStorage.getItem(kStorageKey) === 'en' ? 'en' : 'vi';
  } catch {
    return 'vi';
  }
}

const fetched = new Map<string, Promise<Messages>>();
function fetchMessages(url: string): Promise<Messages> {
  let messages = fetched.get(url);
  if (!messages) {
    messages = fetch(url).then((response) => response.json() as Promise<Messages>);
    messages.catch(() => fetched.delete(url));
    fetched.set(url, messages);
  }
  return messages;
}

async function messagesOf(language: Language): Promise<Messages> {
  // Vietnamese below, so that a text missing in English is still a text.
  const wanted = language === 'vi' ? files.map((file) => file.vi) : files.flatMap((file) => [file.vi, file[language]]);
  return Object.assign({}, ...(await Promise.all(wanted.map(fetchMessages)))) as Messages;
}

export function language(): Language {
  return state.language;
}

export async function setLanguage(next: Language): Promise<void> {
  const messages = await messagesOf(next);
  state.messages = messages;
  state.language = next;
  try {
    localStorage.setItem(kStorageKey, next);
  } catch {
    // Private windows may refuse storage; the choice then lasts until the page is closed.
  }
  if (typeof document !== 'undefined') document.documentElement.lang = next;
}

/** Fetches the texts of the stored choice; the root layout waits for it before the first screen is shown. */
export async function startLanguage(): Promise<void> {
  const wanted = stored();
  try {
    state.messages = await messagesOf(wanted);
    state.language = wanted;
  } catch {
    // Without network English may not be at hand.
    state.messages = await messagesOf('vi');
  }
  if (typeof document !== 'undefined') document.documentElement.lang = state.language;
}

/**
 * Adds another area's texts; resolves when they are there. For a layout's load function:
 * `import viUrl from '$messages/vi.officer.json?url'` and `import enUrl from '$messages/en.officer.json?url'`.
 */
export async function addMessages(added: Record<Language, string>): Promise<void> {
  if (!files.some((file) => file.vi === added.vi)) files.push(added);
  state.messages = await messagesOf(state.language);
}

function fill(text: string, params: Params | undefined): string {
  if (!params) return text;
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in params ? String(params[name]) : all));
}

/** The text of a key. With params.count === 1 the key "<key>_one" is used where there is one (English needs it). */
export function t(key: MessageKey, params?: Params): string {
  const single = params?.count === 1 ? state.messages[`${key}_one`] : undefined;
  return fill(single ?? state.messages[key] ?? key, params);
}

/** For keys made at run time (states, reasons); undefined when there is no such text. */
export function tMaybe(key: string, params?: Params): string | undefined {
  const text = state.messages[key];
  return text === undefined ? undefined : fill(text, params);
}

/** The text of a server error's `reason`, or a general one. */
export function tError(reason: string | undefined): string {
  return (reason && state.messages[`error.${reason}`]) || state.messages['error.unknown'] || 'error';
}

/** The chosen language's side of a text from the server ({vi, en}). */
export function tText(text: { vi: string; en?: string } | null | undefined): string {
  if (!text) return '';
  return (state.language === 'en' && text.en) || text.vi;
}
