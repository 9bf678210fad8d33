// Periods of reports. By the calendar, or as decree 09/2019/NĐ-CP art. 12 counts them: a month from the 15th of the one before to its
// 14th; quarter, half, nine months and year accordingly, the year from 15 December.
export const kPeriods = ['month', 'quarter', 'half', 'nine', 'year'] as const;
export type PeriodKind = (typeof kPeriods)[number];
export interface Period {
  from: string;
  to: string;
}

const kMonths = { month: 1, quarter: 3, half: 6, nine: 9, year: 12 } as const;
/** How many of a kind a year has: months 12, quarters 4, halves 2. */
export function countOf(kind: PeriodKind): number {
  return kind === 'nine' ? 1 : 12 / kMonths[kind];
}

function on(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/** `number` from 1: the 3rd month, the 2nd quarter. */
export function periodOf(kind: PeriodKind, number: number, year: number, decree: boolean): Period {
  const months = kMonths[kind];
  const first = (number - 1) * months + 1;
  const last = first + months - 1;
  // Day 0 of the next month is the last of this one.
  return decree ? { from: on(year, first - 1, 15), to: on(year, last, 14) } : { from: on(year, first, 1), to: on(year, last + 1, 0) };
}

/** The period as somebody would choose it, or null when it is none of them. */
export function nameOf({ from, to }: Period): { kind: PeriodKind; number: number; year: number; decree: boolean } | null {
  const year = Number(to.slice(0, 4));
  for (const decree of [false, true])
    for (const kind of kPeriods)
      for (let number = 1; number <= countOf(kind); number++) {
        const one = periodOf(kind, number, year, decree);
        if (one.from === from && one.to === to) return { kind, number, year, decree };
      }
  return null;
}
