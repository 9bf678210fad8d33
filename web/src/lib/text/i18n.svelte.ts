// Our own small translator: t('key', {name}) looks the key up in the chosen language. The choice is kept in the browser.
// Vietnamese is in the bundle; English is fetched when chosen. The officer's and administrator's texts are separate files, so
// that citizens do not download them: their layouts call `addMessages`.
import vi from '$messages/vi.json';
import type officer from '$messages/vi.officer.json';

export type Language = 'vi' | 'en';
export type MessageKey = keyof typeof vi | keyof typeof officer;
type Messages = Record<string, string>;
export type Params = Record<string, string | number>;

const kStorageKey = 'tinhso.language';
const loaders: { load: (language: Language) => Promise<Messages> }[] = [];
const vietnamese: Messages = { ...vi };

const state = $state<{ language: Language; messages: Messages }>({ language: 'vi', messages: vietnamese });

function stored(): Language {
  try {
    return localStorage.getItem(kStorageKey) === 'en' ? 'en' : 'vi';
  } catch {
    return 'vi';
  }
}

async function messagesOf(language: Language): Promise<Messages> {
  const parts = await Promise.all([
    language === 'en' ? import('$messages/en.json').then((module) => module.default as Messages) : {},
    ...loaders.map((loader) => loader.load(language))
  ]);
  // Vietnamese below, so that a text missing in English is still a text.
  return Object.assign({}, vietnamese, ...parts) as Messages;
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

/** Applies the stored choice; called once by the root layout before the first screen is shown. */
export async function startLanguage(): Promise<void> {
  if (stored() === 'en') await setLanguage('en');
}

/** Adds another area's texts; resolves when they are there. Call it in a layout's load function. */
export async function addMessages(load: (language: Language) => Promise<Messages>): Promise<void> {
  loaders.push({ load });
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
