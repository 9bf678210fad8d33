// Answers in words, for the "check your answers" screen; the server's own words (answers_described) are used once it is filed.
import { formatDate, formatMoney, formatNumber } from '$lib/text/format';
import { t, tText } from '$lib/text/i18n.svelte';
import { isBlank, isShown } from './condition';
import type { Answers, FormField, FormGroup } from './definition';

interface DescribeContext {
  areaName: (area_code: string) => string;
  fileName: (file_id: string) => string;
}

function sexText(sex: unknown): string {
  return sex === 'male' ? t('form.sex_male') : sex === 'female' ? t('form.sex_female') : '';
}

export function describeUnit(unit: FormField['unit']): string {
  return typeof unit === 'string' ? unit : tText(unit);
}

function describeField(field: FormField, value: unknown, answers: Answers, context: DescribeContext): string {
  if (isBlank(value)) return '';
  const optionLabel = (one: unknown) => tText(field.options?.find((option) => option.value === one)?.label) || String(one);
  switch (field.type) {
    case 'number':
      return typeof value === 'number' ? `${formatNumber(value)} ${describeUnit(field.unit)}`.trim() : String(value);
    case 'money':
      return typeof value === 'number' ? formatMoney(value) : String(value);
    case 'date':
      return formatDate(String(value));
    case 'choice':
      return optionLabel(value);
    case 'choices':
      return (value as unknown[]).map(optionLabel).join('; ');
    case 'yes_no':
      return value ? t('form.yes') : t('form.no');
    case 'address': {
      const parts = value as Answers;
      return [parts.detail, parts.area_code ? context.areaName(String(parts.area_code)) : ''].filter(Boolean).join(', ');
    }
    case 'person': {
      const parts = value as Answers;
      return [parts.full_name, formatDate(parts.birth_on as string | undefined), sexText(parts.sex), parts.personal_no].filter(Boolean).join('\n');
    }
    case 'file':
      return context.fileName(String(value));
    case 'repeat':
      return (value as Answers[])
        .map((row, index) => {
          const inner = (field.fields ?? []).filter((one) => one.type !== 'note' && isShown(one, answers, row) && !isBlank(row[one.id]));
          return `${index + 1}. ${inner.map((one) => `${tText(one.label)}: ${describeField(one, row[one.id], answers, context)}`).join('; ')}`;
        })
        .join('\n');
    default:
      return String(value);
  }
}

export function describeGroup(group: FormGroup, answers: Answers, context: DescribeContext): { key: string; label: string; value: string }[] {
  return group.fields
    .filter((field) => field.type !== 'note' && isShown(field, answers))
    .map((field) => ({ key: field.id, label: tText(field.label), value: describeField(field, answers[field.id], answers, context) }));
}
