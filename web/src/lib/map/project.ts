// Boundaries (GeoJSON from our own API) as SVG paths. Plate carrée with the width of a degree at the middle of the picture.
export interface Shape {
  area_code: string;
  name: string;
  path: string;
  /** Middle of its box, for going from place to place by arrow keys. */
  x: number;
  y: number;
}
export interface Picture {
  width: number;
  height: number;
  shapes: Shape[];
}
type Point = [number, number];
export interface Feature {
  properties: { area_code: string; name: string };
  geometry: { coordinates: Point[][][] };
}
const kWidth = 1000;

export function draw(features: Feature[]): Picture {
  let [west, east, south, north] = [180, -180, 90, -90];
  for (const { geometry } of features)
    for (const polygon of geometry.coordinates)
      for (const [lon, lat] of polygon[0] ?? []) {
        west = Math.min(west, lon);
        east = Math.max(east, lon);
        south = Math.min(south, lat);
        north = Math.max(north, lat);
      }
  if (west > east) return { width: kWidth, height: kWidth, shapes: [] };
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = kWidth / Math.max((east - west) * narrow, 1e-6);
  const at = ([lon, lat]: Point): Point => [(lon - west) * narrow * scale, (north - lat) * scale];
  const shapes = features.map(({ properties, geometry }): Shape => {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    const path = geometry.coordinates
      .flatMap((polygon) => polygon)
      .map((ring) => {
        const points = ring.map(at);
        for (const [x, y] of points) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
        return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
      })
      .join('');
    return { area_code: properties.area_code, name: properties.name, path, x: (left + right) / 2, y: (top + bottom) / 2 };
  });
  return { width: kWidth, height: Math.max((north - south) * scale, 1), shapes };
}

/** The nearest shape in a direction, sideways distance counting double; the same one when there is none. */
export function neighbour(shapes: Shape[], from: Shape, key: string): Shape {
  const direction: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const [dx, dy] = direction[key] ?? [0, 0];
  let best = from;
  let least = Infinity;
  for (const shape of shapes) {
    const along = (shape.x - from.x) * dx + (shape.y - from.y) * dy;
    const aside = Math.abs((shape.x - from.x) * dy) + Math.abs((shape.y - from.y) * dx);
    if (along <= 0 || along + 2 * aside >= least) continue;
    least = along + 2 * aside;
    best = shape;
  }
  return best;
}
