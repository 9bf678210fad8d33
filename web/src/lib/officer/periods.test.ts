import { describe, expect, it } from 'vitest';
import { nameOf, periodOf } from './periods';

describe('periods', () => {
  it('are those of the calendar', () => {
    expect(periodOf('month', 2, 2028, false)).toEqual({ from: '2028-02-01', to: '2028-02-29' });
    expect(periodOf('quarter', 4, 2026, false)).toEqual({ from: '2026-10-01', to: '2026-12-31' });
    expect(periodOf('half', 1, 2026, false)).toEqual({ from: '2026-01-01', to: '2026-06-30' });
    expect(periodOf('nine', 1, 2026, false)).toEqual({ from: '2026-01-01', to: '2026-09-30' });
    expect(periodOf('year', 1, 2026, false)).toEqual({ from: '2026-01-01', to: '2026-12-31' });
  });
  it('or those of decree 09/2019, from a 15th to a 14th', () => {
    expect(periodOf('month', 1, 2026, true)).toEqual({ from: '2025-12-15', to: '2026-01-14' });
    expect(periodOf('month', 11, 2026, true)).toEqual({ from: '2026-10-15', to: '2026-11-14' });
    expect(periodOf('quarter', 1, 2026, true)).toEqual({ from: '2025-12-15', to: '2026-03-14' });
    expect(periodOf('half', 1, 2026, true)).toEqual({ from: '2025-12-15', to: '2026-06-14' });
    expect(periodOf('nine', 1, 2026, true)).toEqual({ from: '2025-12-15', to: '2026-09-14' });
    expect(periodOf('year', 1, 2026, true)).toEqual({ from: '2025-12-15', to: '2026-12-14' });
  });
  it('have a name again', () => {
    expect(nameOf({ from: '2026-04-01', to: '2026-06-30' })).toEqual({ kind: 'quarter', number: 2, year: 2026, decree: false });
    expect(nameOf({ from: '2025-12-15', to: '2026-12-14' })).toEqual({ kind: 'year', number: 1, year: 2026, decree: true });
    expect(nameOf({ from: '2026-04-02', to: '2026-06-30' })).toBeNull();
  });
});
