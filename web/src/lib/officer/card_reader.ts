// A card reader types like a keyboard, wherever the cursor stands. The line begins with twelve digits and '|', which nobody types by
// hand: from there on it belongs to the scan box, and the digits are taken back out of the box they fell into.
type Box = HTMLInputElement | HTMLTextAreaElement;
interface Typed {
  digit: string;
  box: Box | null;
  /** What stood in the box before this digit. */
  before: string;
}
const kDigits = 12;

/** For a keydown listener on the window, capturing. `begun` gets the digits and must put the focus where the rest shall go. */
export function cardReader(scanId: string, begun: (digits: string) => unknown): (event: KeyboardEvent) => void {
  let run: Typed[] = [];
  return (event) => {
    if (event.key === 'Shift' || event.key === 'CapsLock') return;
    const target = event.target;
    const box = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
    if (/^\d$/.test(event.key)) {
      run = [...run, { digit: event.key, box, before: box?.value ?? '' }].slice(-kDigits);
      return;
    }
    const line = run;
    run = [];
    if (event.key !== '|' || line.length < kDigits || box?.id === scanId) return;
    event.preventDefault();
    // Last to first, so that each box ends with what stood in it first.
    for (const typed of [...line].reverse()) {
      if (!typed.box || typed.box.value === typed.before) continue;
      typed.box.value = typed.before;
      typed.box.dispatchEvent(new Event('input', { bubbles: true }));
    }
    void begun(line.map((typed) => typed.digit).join(''));
  };
}
