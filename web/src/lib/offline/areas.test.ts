import { describe, expect, it } from 'vitest';
import { searchUnits } from './areas';

const units = ['Phường An Xuyên', 'Xã Phú Tân', 'Xã Tân Phú Mỹ', 'Xã Đất Mũi'].map((short_name, index) => ({
  unit_code: `H12.${index}`,
  kind: 'commune',
  name: short_name,
  short_name
}));

describe('searchUnits', () => {
  it('finds without accents', () => expect(searchUnits(units, 'dat mui').map((unit) => unit.short_name)).toEqual(['Xã Đất Mũi']));
  it('puts a name that begins with the words first', () => expect(searchUnits(units, 'tân phú').map((unit) => unit.short_name)).toEqual(['Xã Tân Phú Mỹ', 'Xã Phú Tân']));
  it('gives all for nothing typed', () => expect(searchUnits(units, ' ').length).toBe(4));
});
