// Where the boxes and lines of a workflow's picture stand: layers by the shortest way from the first state, top to bottom.
import type { Schemas } from '$lib/api/client';

type Picture = Schemas['WorkflowPicture'];
export interface Box {
  state: Picture['states'][number];
  x: number;
  y: number;
}
export interface Line {
  key: string;
  path: string;
  back: boolean;
}
export const kWidth = 196;
export const kHeight = 66;
const kGapX = 22;
const kGapY = 44;
const kMargin = 34;
const kLineLength = 24;

export function layOut(picture: Picture): { boxes: Box[]; lines: Line[]; width: number; height: number } {
  const depth = new Map([[picture.initial, 0]]);
  const queue = [picture.initial];
  for (const at of queue) {
    for (const way of picture.transitions) {
      if (way.from !== at || depth.has(way.to)) continue;
      depth.set(way.to, (depth.get(at) ?? 0) + 1);
      queue.push(way.to);
    }
  }
  const layers: Picture['states'][] = [];
  for (const state of picture.states) (layers[depth.get(state.state) ?? 0] ??= []).push(state);
  const widest = Math.max(...layers.map((layer) => layer?.length ?? 0));
  const width = kMargin * 2 + widest * kWidth + (widest - 1) * kGapX;
  const boxes: Box[] = [];
  layers.forEach((layer, row) => layer.forEach((state, column) => boxes.push({ state, x: kMargin + column * (kWidth + kGapX), y: 4 + row * (kHeight + kGapY) })));
  const at = new Map(boxes.map((box) => [box.state.state, box]));
  const lines = new Map<string, Line>();
  for (const way of picture.transitions) {
    const from = at.get(way.from);
    const to = at.get(way.to);
    const key = `${way.from} ${way.to}`;
    if (!from || !to || lines.has(key)) continue;
    const back = to.y <= from.y;
    const [x1, x2] = [from.x + kWidth / 2, to.x + kWidth / 2];
    const path = back
      ? `M${from.x} ${from.y + kHeight / 2}C${Math.min(from.x, to.x) - kMargin} ${from.y + kHeight / 2} ${Math.min(from.x, to.x) - kMargin} ${to.y + kHeight / 2} ${to.x} ${to.y + kHeight / 2}`
      : `M${x1} ${from.y + kHeight}C${x1} ${from.y + kHeight + kGapY / 2} ${x2} ${to.y - kGapY / 2} ${x2} ${to.y}`;
    lines.set(key, { key, path, back });
  }
  return { boxes, lines: [...lines.values()], width, height: layers.length * (kHeight + kGapY) - kGapY + 8 };
}

/** What fits in one line of a box; the list says it in full. */
export const short = (text: string): string => (text.length > kLineLength + 2 ? `${text.slice(0, kLineLength + 1)}…` : text);

/** A title in at most two lines of a box. */
export function twoLines(text: string): string[] {
  if (text.length <= kLineLength) return [text];
  const words = text.split(' ');
  let first = words.shift() ?? '';
  while (words.length && first.length + 1 + (words[0] ?? '').length <= kLineLength) first += ` ${words.shift() ?? ''}`;
  const rest = words.join(' ');
  return rest ? [first, short(rest)] : [first];
}
