// Dates, times, money and sizes as people in Viet Nam write them. Server times are RFC 3339 with an offset; the wall clock shown is
// always Viet Nam's (UTC+7, no summer time), whatever the device says.
const kVietnamOffsetMs = 7 * 3600_000;

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function vietnamClock(at: string | number | Date): Date {
  return new Date(new Date(at).getTime() + kVietnamOffsetMs);
}

/** "2026-11-23" or an RFC 3339 time → "23/11/2026"; "" for nothing. */
export function formatDate(value: string | null | undefined): string {
  if (!value) return '';
  const plain = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (plain) return `${plain[3]}/${plain[2]}/${plain[1]}`;
  const at = vietnamClock(value);
  if (Number.isNaN(at.getTime())) return value;
  return `${pad(at.getUTCDate())}/${pad(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
}

/** "08:30, 23/11/2026" */
export function formatDateTime(value: string | null | undefined): string {
  if (!value) return '';
  const at = vietnamClock(value);
  if (Number.isNaN(at.getTime())) return value;
  return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}, ${formatDate(value)}`;
}

/** Today in Viet Nam, "2026-11-23". */
export function todayOn(now: number = Date.now()): string {
  return vietnamClock(now).toISOString().slice(0, 10);
}

/** Whole calendar days from one date to another ("2026-11-23" or RFC 3339). */
export function daysBetween(from: string, to: string): number {
  const day = (value: string) => {
    const on = value.length === 10 ? value : vietnamClock(value).toISOString().slice(0, 10);
    return Date.parse(`${on}T00:00:00Z`) / 86_400_000;
  };
  return Math.round(day(to) - day(from));
}

/** 1500000 → "1.500.000" */
export function formatNumber(value: number): string {
  const [whole = '0', part] = String(Math.abs(value)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '.');
  return `${value < 0 ? '-' : ''}${grouped}${part ? `,${part}` : ''}`;
}

/** 1500000 → "1.500.000 đồng" */
export function formatMoney(vnd: number): string {
  return `${formatNumber(vnd)} đồng`;
}

/** 1536000 → "1,5 MB" */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  return `${(Math.round(bytes / 100_000) / 10).toString().replace('.', ',')} MB`;
}
