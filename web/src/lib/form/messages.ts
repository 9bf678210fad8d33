// What to tell a person about a broken field: says what to do, with the field's own limits in it.
import { formatDate, formatNumber } from '$lib/text/format';
import { tError, tMaybe, tText } from '$lib/text/i18n.svelte';
import { lengthMaxOf, type FieldError, type FormDefinition, type FormField } from './definition';

function limit(value: number | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' ? formatNumber(value) : formatDate(value);
}

/** The element id of the control a pointer means: "/answers/children/0/full_name" → "f-children-0-full_name". */
export function idOf(pointer: string): string {
  return `f-${pointer.split('/').slice(2).join('-')}`;
}

export function fieldMessage(field: FormField | undefined, reason: string): string {
  if (!field) return tError(reason);
  if (reason === 'field_pattern' && field.pattern_hint) return tText(field.pattern_hint);
  const params = {
    max_length: formatNumber(lengthMaxOf(field)),
    min_length: field.length_min ?? 0,
    min: limit(field.min),
    max: limit(field.max),
    decimals: field.decimals ?? 0,
    count_min: field.count_min ?? 0,
    count_max: field.count_max ?? 0
  };
  const kind = field.type === 'choice' || field.type === 'yes_no' || field.type === 'choices' ? 'choose' : field.type;
  return tMaybe(`field.${reason}.${kind}`, params) ?? tMaybe(`field.${reason}`, params) ?? tError(reason);
}

/** The field a pointer leads to, with its label in full ("Con 2: Họ, chữ đệm, tên"). */
function findField(form: FormDefinition, pointer: string): { field: FormField | undefined; label: string; part?: string } {
  const [, , id, ...rest] = pointer.split('/');
  const field = form.groups.flatMap((group) => group.fields).find((one) => one.id === id);
  if (!field) return { field: undefined, label: id ?? '' };
  const label = tText(field.label);
  if (field.type === 'repeat' && rest.length >= 2) {
    const inner = field.fields?.find((one) => one.id === rest[1]);
    if (inner) return { field: inner, label: `${label} ${Number(rest[0]) + 1}: ${tText(inner.label)}`, part: rest[2] };
  }
  return { field, label, part: rest[0] };
}

const kParts: Record<string, string> = { area_code: 'form.area', detail: 'form.address_detail', full_name: 'form.full_name', personal_no: 'form.personal_no', birth_on: 'form.birth_on', sex: 'form.sex' };

/** Lines for the error summary. */
export function summaryOf(form: FormDefinition, errors: FieldError[]): { id: string; message: string }[] {
  return errors.map((error) => {
    const { field, label, part } = findField(form, error.pointer);
    const partLabel = part && kParts[part] ? tMaybe(kParts[part]) : undefined;
    const message = partLabel ? tError(error.reason) : fieldMessage(field, error.reason);
    return { id: idOf(error.pointer), message: `${partLabel ? `${label}, ${partLabel}` : label}: ${message}` };
  });
}
