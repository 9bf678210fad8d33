// A form as the server delivers it; docs/formats/pack.md § Forms says what each key means.
export interface Text {
  vi: string;
  en?: string;
}
type FieldType =
  | 'text'
  | 'textarea'
  | 'number'
  | 'money'
  | 'date'
  | 'choice'
  | 'choices'
  | 'yes_no'
  | 'personal_no'
  | 'phone'
  | 'email'
  | 'address'
  | 'person'
  | 'file'
  | 'repeat'
  | 'note';

export interface Condition {
  field?: string;
  equals?: unknown;
  in?: unknown[];
  present?: boolean;
  all?: Condition[];
  any?: Condition[];
  not?: Condition;
}

export interface FormField {
  id: string;
  type: FieldType;
  label?: Text;
  text?: Text;
  hint?: Text;
  required?: boolean;
  when?: Condition;
  length_min?: number;
  length_max?: number;
  pattern?: string;
  pattern_hint?: Text;
  min?: number | string;
  max?: number | string;
  unit?: string | Text;
  decimals?: number;
  past?: boolean;
  future?: boolean;
  options?: { value: string; label: Text; hint?: Text }[];
  count_min?: number;
  count_max?: number;
  birth_field?: string;
  sex_field?: string;
  prefill?: string;
  detail_required?: boolean;
  personal_no_required?: boolean;
  birth_required?: boolean;
  fields?: FormField[];
}

export interface FormGroup {
  id: string;
  title: Text;
  hint?: Text;
  fields: FormField[];
}

export interface FormDefinition {
  form: string;
  version: number;
  title: Text;
  groups: FormGroup[];
  declaration?: Text;
}

export type Answers = Record<string, unknown>;
export interface FieldError {
  pointer: string;
  reason: string;
}

const kTextMaxDefault = 200;
const kTextAreaMaxDefault = 2000;
export const kRowsMaxDefault = 20;

/** Longest text a field takes, in code points. */
export function lengthMaxOf(field: FormField): number {
  return field.length_max ?? (field.type === 'textarea' ? kTextAreaMaxDefault : kTextMaxDefault);
}
