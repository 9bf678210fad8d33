// Names of workflow states where the server gives only their word (the inbox); a state of another pack falls back to its national title.
import { tMaybe } from '$lib/text/i18n.svelte';

export function stateName(state: string, national_state?: number): string {
  return tMaybe(`flow.${state}`) ?? (national_state === undefined ? undefined : tMaybe(`state.${national_state}`)) ?? state;
}

/** Notices are written for everyone; an officer reads a dossier on his own screen. */
export function officersLink(link: string): string {
  return link.startsWith('/ho-so/') ? `/can-bo${link}` : link;
}
