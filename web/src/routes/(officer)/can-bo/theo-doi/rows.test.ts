import { describe, expect, it } from 'vitest';
import { rowsOf } from './rows';

const one = (account_id: string, title: string, total: number, late = 0) => ({ account_id, full_name: account_id && `Người ${account_id}`, title, total, late, today: 0, soon: 0 });

describe('the board', () => {
  const load = [one('1', 'Khai sinh', 3), one('1', 'Kết hôn', 2, 1), one('', 'Khai sinh', 4), one('2', 'Khai sinh', 9)];
  it('sums by person, the latest first, whoever has nothing open but finished work last', () => {
    const rows = rowsOf(load, [{ account_id: '3', full_name: 'Người 3', count: 2, mean_minutes: 60 }, { account_id: '1', full_name: 'Người 1', count: 1, mean_minutes: 90 }], 'person');
    expect(rows.map((row) => [row.key, row.total, row.mean])).toEqual([['1', 5, 90], ['2', 9, undefined], ['', 4, undefined], ['3', 0, 60]]);
    expect(rows[2]?.query).toEqual({ nguoi: 'nobody' });
  });
  it('sums by procedure', () => {
    const rows = rowsOf(load, [{ procedure_code: 'x', procedure_name: 'Khai sinh', count: 2, mean_minutes: 480 }], 'procedure');
    expect(rows.map((row) => [row.name, row.total, row.late, row.mean])).toEqual([['Kết hôn', 2, 1, undefined], ['Khai sinh', 16, 0, 480]]);
  });
});
