// The rows of a board: open work summed by person or by procedure, beside how long their work took lately.
import type { Schemas } from '$lib/api/client';

export interface Load {
  account_id: string;
  full_name: string;
  title: string;
  total: number;
  late: number;
  today: number;
  soon: number;
}
export interface LoadRow {
  key: string;
  name: string;
  query: Record<string, string>;
  total: number;
  late: number;
  today: number;
  soon: number;
  /** Working minutes, and over how many; nothing finished: undefined. */
  mean?: number;
  count?: number;
}
type Times = Schemas['WorkTimes']['people'] | Schemas['WorkTimes']['procedures'];

export function rowsOf(load: Load[], times: Times, by: 'person' | 'procedure'): LoadRow[] {
  const rows = new Map<string, LoadRow>();
  const row = (key: string, name: string) => {
    const query: Record<string, string> = by === 'person' ? { nguoi: key || 'nobody' } : { thu_tuc: name };
    const found = rows.get(key) ?? { key, name, query, total: 0, late: 0, today: 0, soon: 0 };
    rows.set(key, found);
    return found;
  };
  for (const one of load) {
    const sum = by === 'person' ? row(one.account_id, one.full_name) : row(one.title, one.title);
    sum.total += one.total;
    sum.late += one.late;
    sum.today += one.today;
    sum.soon += one.soon;
  }
  for (const one of times) {
    const sum = 'account_id' in one ? row(one.account_id, one.full_name) : row(one.procedure_name, one.procedure_name);
    [sum.mean, sum.count] = [one.mean_minutes, one.count];
  }
  // Where it burns first; then by how much there is.
  return [...rows.values()].sort((a, b) => b.late - a.late || b.today - a.today || b.total - a.total || a.name.localeCompare(b.name, 'vi'));
}
