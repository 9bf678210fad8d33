// Parts of a date as typed by a person, and the ISO date they make.
interface DateParts {
  day: string;
  month: string;
  year: string;
}

export function splitDate(value: string): DateParts {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  return match ? { day: String(Number(match[3])), month: String(Number(match[2])), year: match[1] ?? '' } : { day: '', month: '', year: '' };
}

/** "" when nothing is typed; otherwise year-month-day, padded where it is a number. What is no real date is left for the validator to refuse. */
export function joinDate(parts: DateParts): string {
  const [day, month, year] = [parts.day.trim(), parts.month.trim(), parts.year.trim()];
  if (!day && !month && !year) return '';
  return `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
