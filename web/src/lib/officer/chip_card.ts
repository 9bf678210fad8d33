// The line in the QR code of a Vietnamese identity card, as a keyboard-wedge reader types it:
//   number|old number|full name|ddMMyyyy born|Nam or Nữ|residence|ddMMyyyy issued  (newer cards append more parts)
import type { Schemas } from '$lib/api/client';

export type ScannedPerson = Pick<Schemas['Person'], 'full_name' | 'personal_no' | 'birth_on' | 'sex' | 'address'>;

function dateOf(digits: string): string | null {
  const match = /^(\d{2})(\d{2})(\d{4})$/.exec(digits);
  if (!match) return null;
  const on = `${match[3]}-${match[2]}-${match[1]}`;
  const at = new Date(`${on}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(on) ? on : null;
}

/** Null when the line is not such a card's. */
export function readChipCard(line: string): ScannedPerson | null {
  const parts = line.trim().split('|').map((part) => part.trim().normalize('NFC'));
  const [personal_no = '', , full_name = '', birth = '', sex = '', address = ''] = parts;
  if (parts.length < 6 || !/^\d{12}$/.test(personal_no) || !full_name) return null;
  const birth_on = dateOf(birth);
  if (!birth_on) return null;
  return { full_name, personal_no, birth_on, sex: /^nam$/i.test(sex) ? 'male' : /^n[ữu]$/i.test(sex) ? 'female' : '', address };
}
