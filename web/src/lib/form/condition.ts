// Conditions (`when`) over answers; the same rules as engines/forms/condition.cc.
import type { Answers, Condition, FormDefinition, FormField } from './definition';

/** No answer: absent, null, blank text, empty list, or an object whose members are all that. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object') return Object.values(value).every(isBlank);
  return false;
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

// A list answer (choices) equals a value when it contains it.
function matches(answer: unknown, wanted: unknown): boolean {
  return Array.isArray(answer) ? answer.some((one) => sameValue(one, wanted)) : sameValue(answer, wanted);
}

export function holds(condition: Condition, answers: Answers, row?: Answers): boolean {
  if (condition.all) return condition.all.every((one) => holds(one, answers, row));
  if (condition.any) return condition.any.some((one) => holds(one, answers, row));
  if (condition.not) return !holds(condition.not, answers, row);
  if (!condition.field) return false;
  const answer = row && condition.field in row ? row[condition.field] : answers[condition.field];
  if (typeof condition.present === 'boolean') return isBlank(answer) !== condition.present;
  if (isBlank(answer)) return false;
  if ('equals' in condition) return matches(answer, condition.equals);
  return condition.in?.some((wanted) => matches(answer, wanted)) ?? false;
}

export function isShown(field: FormField, answers: Answers, row?: Answers): boolean {
  return !field.when || holds(field.when, answers, row);
}

function pruneRow(fields: FormField[], values: Answers, answers: Answers, row?: Answers): Answers {
  const out: Answers = {};
  for (const field of fields) {
    const value = values[field.id];
    if (field.type === 'note' || isBlank(value) || !isShown(field, answers, row)) continue;
    if (field.type === 'repeat' && Array.isArray(value)) {
      out[field.id] = value.map((one) => pruneRow(field.fields ?? [], one as Answers, answers, one as Answers));
    } else if (typeof value === 'object' && !Array.isArray(value)) {
      out[field.id] = Object.fromEntries(Object.entries(value as Answers).filter(([, part]) => !isBlank(part)));
    } else {
      out[field.id] = value;
    }
  }
  return out;
}

/**
 * The answers without those of hidden fields and without blank ones: what is sent. Hiding one answer can hide another,
 * so it goes round until nothing changes.
 */
export function prune(form: FormDefinition, answers: Answers): Answers {
  const fields = form.groups.flatMap((group) => group.fields);
  let current = answers;
  for (let round = 0; round <= fields.length; round++) {
    const next = pruneRow(fields, current, current);
    if (JSON.stringify(next) === JSON.stringify(current)) return next;
    current = next;
  }
  return current;
}
