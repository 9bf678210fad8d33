import { describe, expect, it } from 'vitest';
import { draw, neighbour, type Feature } from './project';

const square = (area_code: string, lon: number, lat: number): Feature => ({
  properties: { area_code, name: area_code },
  geometry: { coordinates: [[[[lon, lat], [lon + 1, lat], [lon + 1, lat + 1], [lon, lat + 1], [lon, lat]]]] }
});

describe('draw', () => {
  it('puts north up and west left, and fills the width', () => {
    const picture = draw([square('a', 105, 9), square('b', 106, 10)]);
    expect(picture.width).toBe(1000);
    const [a, b] = picture.shapes;
    expect(a!.x).toBeLessThan(b!.x);
    expect(a!.y).toBeGreaterThan(b!.y);
    // A degree of longitude is a little narrower than one of latitude here.
    expect(picture.height).toBeGreaterThan(1000);
    expect(picture.height).toBeLessThan(1030);
    expect(a!.path).toMatch(/^M0\.0 /);
  });
  it('draws nothing of nothing', () => {
    expect(draw([]).shapes).toEqual([]);
  });
});

describe('neighbour', () => {
  const { shapes } = draw([square('sw', 105, 9), square('se', 106, 9), square('nw', 105, 10), square('ne', 106, 10)]);
  const of = (code: string) => shapes.find((shape) => shape.area_code === code)!;
  it('goes where the arrow points', () => {
    expect(neighbour(shapes, of('sw'), 'ArrowRight').area_code).toBe('se');
    expect(neighbour(shapes, of('sw'), 'ArrowUp').area_code).toBe('nw');
    expect(neighbour(shapes, of('ne'), 'ArrowLeft').area_code).toBe('nw');
    expect(neighbour(shapes, of('ne'), 'ArrowDown').area_code).toBe('se');
  });
  it('stays where nothing lies that way', () => {
    expect(neighbour(shapes, of('sw'), 'ArrowLeft').area_code).toBe('sw');
  });
});
