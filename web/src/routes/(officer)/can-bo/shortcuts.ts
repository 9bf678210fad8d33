// One-letter shortcuts can be turned off (they get in the way of speech input); kept in the browser.
const kKey = 'tinhso.shortcuts';

export function shortcutsOn(): boolean {
  try {
    return localStorage.getItem(kKey) !== 'off';
  } catch {
    return true;
  }
}

export function setShortcuts(on: boolean): void {
  try {
    localStorage.setItem(kKey, on ? 'on' : 'off');
  } catch {
    // Kept for this page only.
  }
}

const kSplit = 'tinhso.split';
/** Whether the dossier stands beside the list, on this device. */
export function splitOn(): boolean {
  try {
    return localStorage.getItem(kSplit) === '1';
  } catch {
    return false;
  }
}
export function setSplit(on: boolean): void {
  try {
    localStorage.setItem(kSplit, on ? '1' : '0');
  } catch {
    // Without storage it holds until the page is left.
  }
}
