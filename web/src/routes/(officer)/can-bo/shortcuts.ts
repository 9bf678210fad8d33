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
