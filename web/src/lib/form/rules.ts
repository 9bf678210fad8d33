// The rules of a form and the words for what breaks them; loaded apart from the first screen.
import type { Schemas } from '$lib/api/client';
import { todayOn } from '$lib/text/format';
import { tError, tText } from '$lib/text/i18n.svelte';
import { prune } from './condition';
import type { Answers, FieldError, FormDefinition } from './definition';
import { idOf, summaryOf as summaryOfAnswers } from './messages';
import { checkPersonalNo } from './personal_no';
import { validate } from './validate';

export function errorsOf(form: FormDefinition, answers: Answers, fileKnown: (answer: string) => boolean): FieldError[] {
  return validate(form, prune(form, answers), { today: todayOn(), checkPersonalNo, fileKnown });
}

/** Lines for the error summary, with the id of the control each leads to. */
export function summaryOf(form: FormDefinition, papers: Schemas['ProcedureForm']['papers'], errors: FieldError[]): { id: string; message: string }[] {
  return errors.map((error) => {
    if (error.pointer.startsWith('/answers')) return summaryOfAnswers(form, [error])[0] ?? { id: idOf(error.pointer), message: tError(error.reason) };
    if (error.pointer === '/unit_code') return { id: 'unit', message: tError(error.reason) };
    const paper = papers.find((one) => error.pointer.split('/')[2] === one.paper_id);
    if (paper) return { id: `paper-${paper.paper_id}`, message: `${tText(paper.name)}: ${tError(error.reason)}` };
    return { id: 'declaration', message: tError(error.reason) };
  });
}
