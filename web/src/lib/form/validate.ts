// Checks answers in the browser with the rules of engines/forms/validate.cc, so that a person is told at once what to correct;
// the server decides. tests/fixtures/forms/*.json is run by both.
import { isBlank, isShown } from './condition';
import { kRowsMaxDefault, lengthMaxOf, type Answers, type FieldError, type FormDefinition, type FormField } from './definition';

interface Context {
  /** "2026-11-23" in Viet Nam. */
  today: string;
  areaKnown?: (area_code: string) => boolean;
  fileKnown?: (file_id: string) => boolean;
  checkPersonalNo?: (personal_no: string, birth_on: string, sex: string) => string;
}

const kErrorsMax = 100;
const kNumberMax = 1e15;
const kNameMax = 120;
const kDetailMax = 200;
const kTextMax = 20_000;
const kEmailMax = 254;
const kMarksMax = 30;

/** A real date of the years 1800–2200. */
function isDate(value: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1800 || year > 2200) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function withoutSeparators(text: string): string {
  return text.replace(/[ .-]/g, '');
}

function isEmailWord(text: string, allowed: RegExp): boolean {
  return text !== '' && !text.startsWith('.') && !text.endsWith('.') && !text.includes('..') && allowed.test(text);
}

function isEmail(text: string): boolean {
  const at = text.indexOf('@');
  if (text.length > kEmailMax || at < 0 || at > 64) return false;
  const domain = text.slice(at + 1);
  return (
    isEmailWord(text.slice(0, at), /^[0-9a-zA-Z.!#$%&'*+/=?^_`{|}~-]+$/) &&
    isEmailWord(domain, /^[0-9a-zA-Z.-]+$/) &&
    domain.includes('.') &&
    !domain.startsWith('-') &&
    !domain.endsWith('-')
  );
}

function decimalsOf(value: number): number {
  const text = String(value);
  const exponent = /e-(\d+)$/.exec(text);
  const dot = text.indexOf('.');
  const written = dot < 0 ? 0 : text.replace(/e.*$/, '').length - dot - 1;
  return exponent ? written + Number(exponent[1]) : written;
}

function escapeMember(member: string): string {
  return member.replace(/~/g, '~0').replace(/\//g, '~1');
}

class Checker {
  readonly errors: FieldError[] = [];
  constructor(
    private readonly answers: Answers,
    private readonly context: Context
  ) {}

  private fail(pointer: string, reason: string): void {
    if (this.errors.length < kErrorsMax) this.errors.push({ pointer, reason });
  }

  checkFields(fields: FormField[], values: Answers, row: Answers | undefined, pointer: string, taken: Set<string>): void {
    for (const field of fields) {
      if (field.type === 'note') continue;
      taken.add(field.id);
      const value = values[field.id];
      const at = `${pointer}/${escapeMember(field.id)}`;
      if (!isShown(field, this.answers, row)) {
        if (!isBlank(value)) this.fail(at, 'field_not_applicable');
      } else if (isBlank(value)) {
        if (field.required) this.fail(at, 'field_required');
      } else {
        this.checkField(field, value, row, at);
      }
    }
  }

  checkUnknown(values: Answers, taken: Set<string>, pointer: string): void {
    for (const member of Object.keys(values)) {
      if (!taken.has(member)) this.fail(`${pointer}/${escapeMember(member)}`, 'field_unknown');
    }
  }

  private cleanText(value: unknown, at: string): string | undefined {
    if (typeof value !== 'string') return void this.fail(at, 'field_type');
    if (value.length > kTextMax * 8) return void this.fail(at, 'field_too_long');
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(value)) return void this.fail(at, 'text_control_character');
    if (new RegExp(`\\p{M}{${kMarksMax + 1},}`, 'u').test(value)) return void this.fail(at, 'text_too_many_marks');
    return value.normalize('NFC').trim();
  }

  private checkLength(text: string, min: number, max: number, at: string): boolean {
    const length = [...text].length;
    if (length > max) this.fail(at, 'field_too_long');
    else if (length < min) this.fail(at, 'field_too_short');
    else return true;
    return false;
  }

  private checkField(field: FormField, value: unknown, row: Answers | undefined, at: string): void {
    switch (field.type) {
      case 'text':
      case 'textarea': {
        const text = this.cleanText(value, at);
        if (text === undefined || !this.checkLength(text, field.length_min ?? 0, lengthMaxOf(field), at)) return;
        if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, 'u').test(text)) this.fail(at, 'field_pattern');
        return;
      }
      case 'number':
      case 'money':
        return this.checkNumber(field, value, at);
      case 'date':
        return this.checkDate(field, value, at);
      case 'choice':
        if (typeof value !== 'string') return this.fail(at, 'field_type');
        if (!this.hasOption(field, value)) this.fail(at, 'field_option_unknown');
        return;
      case 'choices':
        return this.checkChoices(field, value, at);
      case 'yes_no':
        if (typeof value !== 'boolean') this.fail(at, 'field_type');
        return;
      case 'personal_no': {
        const text = this.cleanText(value, at);
        if (text !== undefined) this.checkPersonalNo(text, this.other(field.birth_field, row), this.other(field.sex_field, row), at);
        return;
      }
      case 'phone': {
        const text = this.cleanText(value, at);
        if (text !== undefined && !/^0\d{9}$/.test(withoutSeparators(text).replace(/^\+84/, '0'))) this.fail(at, 'phone_malformed');
        return;
      }
      case 'email': {
        const text = this.cleanText(value, at);
        if (text !== undefined && !isEmail(text)) this.fail(at, 'email_malformed');
        return;
      }
      case 'address':
        return this.checkAddress(field, value, at);
      case 'person':
        return this.checkPerson(field, value, at);
      case 'file':
        if (typeof value !== 'string') return this.fail(at, 'field_type');
        if (this.context.fileKnown && !this.context.fileKnown(value.trim())) this.fail(at, 'file_unknown');
        return;
      case 'repeat':
        return this.checkRepeat(field, value, at);
      case 'note':
        return;
    }
  }

  private hasOption(field: FormField, value: string): boolean {
    return field.options?.some((option) => option.value === value) ?? false;
  }

  private checkNumber(field: FormField, value: unknown, at: string): void {
    if (typeof value !== 'number') return this.fail(at, 'field_type');
    if (!Number.isFinite(value) || value > kNumberMax) return this.fail(at, 'field_too_large');
    if (value < -kNumberMax) return this.fail(at, 'field_too_small');
    if (decimalsOf(value) > (field.type === 'money' ? 0 : (field.decimals ?? 0))) return this.fail(at, 'field_decimals');
    // Money is not negative unless the form says so.
    const min = typeof field.min === 'number' ? field.min : field.type === 'money' ? 0 : undefined;
    if (min !== undefined && value < min) return this.fail(at, 'field_too_small');
    if (typeof field.max === 'number' && value > field.max) this.fail(at, 'field_too_large');
  }

  private checkDate(field: FormField, value: unknown, at: string): void {
    const text = this.cleanText(value, at);
    if (text === undefined) return;
    if (!isDate(text)) return this.fail(at, 'date_malformed');
    if (field.past && text > this.context.today) return this.fail(at, 'date_in_future');
    if (field.future && text < this.context.today) return this.fail(at, 'date_in_past');
    if (typeof field.min === 'string' && text < field.min) return this.fail(at, 'field_too_small');
    if (typeof field.max === 'string' && text > field.max) this.fail(at, 'field_too_large');
  }

  private checkChoices(field: FormField, value: unknown, at: string): void {
    if (!Array.isArray(value)) return this.fail(at, 'field_type');
    if (value.length > (field.options?.length ?? 0) * 2) return this.fail(at, 'field_count_max');
    const seen = new Set<unknown>();
    value.forEach((one, index) => {
      const here = `${at}/${index}`;
      if (typeof one !== 'string') this.fail(here, 'field_type');
      else if (!this.hasOption(field, one)) this.fail(here, 'field_option_unknown');
      else if (seen.has(one)) this.fail(here, 'field_repeated');
      seen.add(one);
    });
    if (value.length < (field.count_min ?? 0)) this.fail(at, 'field_count_min');
    if (field.count_max && value.length > field.count_max) this.fail(at, 'field_count_max');
  }

  private other(id: string | undefined, row: Answers | undefined): string {
    if (!id) return '';
    const value = row && id in row ? row[id] : this.answers[id];
    return typeof value === 'string' ? value.trim() : '';
  }

  private checkPersonalNo(text: string, birthOn: string, sex: string, at: string): void {
    const number = withoutSeparators(text);
    if (!/^\d{12}$/.test(number)) return this.fail(at, 'personal_no_malformed');
    const known = sex === 'male' || sex === 'female' ? sex : '';
    const reason = this.context.checkPersonalNo?.(number, isDate(birthOn) ? birthOn : '', known);
    if (reason) this.fail(at, reason);
  }

  private checkAddress(field: FormField, value: unknown, at: string): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail(at, 'field_type');
    const parts = value as Answers;
    if (isBlank(parts.area_code)) {
      this.fail(`${at}/area_code`, 'field_required');
    } else {
      const code = this.cleanText(parts.area_code, `${at}/area_code`);
      if (code !== undefined && (code.length > 16 || this.context.areaKnown?.(code) === false)) this.fail(`${at}/area_code`, 'area_unknown');
    }
    if (isBlank(parts.detail)) {
      if (field.detail_required ?? true) this.fail(`${at}/detail`, 'field_required');
    } else {
      const detail = this.cleanText(parts.detail, `${at}/detail`);
      if (detail !== undefined) this.checkLength(detail, 0, kDetailMax, `${at}/detail`);
    }
    this.checkUnknown(parts, new Set(['area_code', 'detail']), at);
  }

  private checkPerson(field: FormField, value: unknown, at: string): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail(at, 'field_type');
    const parts = value as Answers;
    if (isBlank(parts.full_name)) {
      this.fail(`${at}/full_name`, 'field_required');
    } else {
      const name = this.cleanText(parts.full_name, `${at}/full_name`);
      if (name !== undefined) this.checkLength(name, 0, kNameMax, `${at}/full_name`);
    }
    let [birth, sex] = ['', ''];
    if (!isBlank(parts.sex)) {
      if (typeof parts.sex !== 'string') this.fail(`${at}/sex`, 'field_type');
      else if (parts.sex !== 'male' && parts.sex !== 'female') this.fail(`${at}/sex`, 'field_option_unknown');
      else sex = parts.sex;
    }
    if (isBlank(parts.birth_on)) {
      if (field.birth_required) this.fail(`${at}/birth_on`, 'field_required');
    } else {
      const text = this.cleanText(parts.birth_on, `${at}/birth_on`);
      if (text !== undefined) {
        if (!isDate(text)) this.fail(`${at}/birth_on`, 'date_malformed');
        else if (text > this.context.today) this.fail(`${at}/birth_on`, 'date_in_future');
        else birth = text;
      }
    }
    if (isBlank(parts.personal_no)) {
      if (field.personal_no_required ?? true) this.fail(`${at}/personal_no`, 'field_required');
    } else {
      const number = this.cleanText(parts.personal_no, `${at}/personal_no`);
      if (number !== undefined) this.checkPersonalNo(number, birth, sex, `${at}/personal_no`);
    }
    this.checkUnknown(parts, new Set(['full_name', 'personal_no', 'birth_on', 'sex']), at);
  }

  private checkRepeat(field: FormField, value: unknown, at: string): void {
    if (!Array.isArray(value)) return this.fail(at, 'field_type');
    if (value.length > (field.count_max ?? kRowsMaxDefault)) return this.fail(at, 'field_count_max');
    if (value.length < (field.count_min ?? 0)) this.fail(at, 'field_count_min');
    value.forEach((one: unknown, index) => {
      const here = `${at}/${index}`;
      if (typeof one !== 'object' || one === null || Array.isArray(one)) return this.fail(here, 'field_type');
      const taken = new Set<string>();
      this.checkFields(field.fields ?? [], one as Answers, one as Answers, here, taken);
      this.checkUnknown(one as Answers, taken, here);
    });
  }
}

/** Every broken field, in form order; unknown members last. Pointers start at "/answers". Empty = sound. */
export function validate(form: FormDefinition, answers: Answers, context: Context): FieldError[] {
  const checker = new Checker(answers, context);
  const taken = new Set<string>();
  for (const group of form.groups) checker.checkFields(group.fields, answers, undefined, '/answers', taken);
  checker.checkUnknown(answers, taken, '/answers');
  return checker.errors;
}
