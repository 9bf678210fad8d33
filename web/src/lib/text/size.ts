// The text size a person chose in the settings, kept in the browser.
export type TextSize = 'normal' | 'large' | 'largest';
const kKey = 'tinhso.text_size';

export function textSize(): TextSize {
  try {
    const stored = localStorage.getItem(kKey);
    return stored === 'large' || stored === 'largest' ? stored : 'normal';
  } catch {
    return 'normal';
  }
}

export function applyTextSize(size: TextSize = textSize()): void {
  document.documentElement.dataset.text = size;
  try {
    localStorage.setItem(kKey, size);
  } catch {
    // Kept for this page only.
  }
}
