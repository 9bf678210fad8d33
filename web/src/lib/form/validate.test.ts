import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prune } from './condition';
import type { Answers, FieldError, FormDefinition } from './definition';
import { checkPersonalNo } from './personal_no';
import { validate } from './validate';

interface Corpus {
  form: FormDefinition;
  today: string;
  area_codes?: string[];
  areas?: string[];
  file_ids?: string[];
  files?: string[];
  cases: { name: string; answers: Answers; errors: FieldError[] }[];
}

// The corpus is shared with the C++ validator: the browser must not accept what the server refuses, nor refuse what it accepts.
const folder = new URL('../../../../tests/fixtures/forms/', import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];

describe('the shared form corpus', () => {
  it('is there', () => expect(files.length).toBeGreaterThan(0));
  for (const name of files) {
    const corpus = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Corpus;
    const areas = corpus.area_codes ?? corpus.areas;
    const known = corpus.file_ids ?? corpus.files;
    describe(name, () => {
      it.each(corpus.cases)('$name', (one) => {
        const errors = validate(corpus.form, one.answers, {
          today: corpus.today,
          areaKnown: areas && ((code) => areas.includes(code)),
          fileKnown: known && ((id) => known.includes(id)),
          checkPersonalNo
        });
        expect(errors).toEqual(one.errors);
      });
    });
  }
});

const form: FormDefinition = {
  form: 'test',
  version: 1,
  title: { vi: 'Thử' },
  groups: [
    {
      id: 'a',
      title: { vi: 'A' },
      fields: [
        { id: 'kind', type: 'choice', required: true, options: [{ value: 'x', label: { vi: 'X' } }, { value: 'y', label: { vi: 'Y' } }] },
        { id: 'why', type: 'text', required: true, when: { field: 'kind', equals: 'y' } },
        { id: 'more', type: 'text', when: { field: 'why', present: true } }
      ]
    }
  ]
};

describe('prune', () => {
  // Someone answers y, explains, then changes to x: neither the explanation nor what hung on it may be sent.
  it('drops hidden answers, also those that another hidden answer showed', () => {
    expect(prune(form, { kind: 'x', why: 'vì', more: 'nữa' })).toEqual({ kind: 'x' });
  });
  it('keeps what is shown and drops blanks', () => {
    expect(prune(form, { kind: 'y', why: 'vì', more: '  ' })).toEqual({ kind: 'y', why: 'vì' });
  });
  it('leaves nothing for the validator to refuse as not applicable', () => {
    expect(validate(form, prune(form, { kind: 'x', why: 'vì', more: 'nữa' }), { today: '2026-11-23' })).toEqual([]);
  });
});

describe('checkPersonalNo', () => {
  it.each([
    ['096190001234', '1990-11-24', 'female', ''],
    ['096090001234', '1990-11-24', 'female', 'personal_no_sex_mismatch'],
    ['096190001234', '1991-11-24', 'female', 'personal_no_birth_mismatch'],
    ['096212001234', '2012-01-01', 'male', ''],
    ['003190001234', '', '', 'personal_no_province_unknown'],
    ['09619000123', '', '', 'personal_no_malformed'],
    ['09619000123a', '', '', 'personal_no_malformed'],
    ['096190001234', '', '', '']
  ])('%s born %s %s → "%s"', (number, birth, sex, reason) => expect(checkPersonalNo(number, birth, sex)).toBe(reason));
});
