// A dossier filed at the counter: the form's state without anything kept on the (shared) machine, and papers counted by hand.
import { api, ApiError, newKey, take, type Schemas } from '$lib/api/client';
import { isBlank } from '$lib/form/condition';
import type { FieldError, FormField } from '$lib/form/definition';
import { Filing } from '$lib/form/filing.svelte';
import { errorsOf, summaryOf } from '$lib/form/rules';
import { kLocalPrefix } from '$lib/offline/local';
import { bodyOf } from '$lib/offline/submit';
import { t, tError } from '$lib/text/i18n.svelte';

type Person = Schemas['Person'];
type Paper = Schemas['ProcedureForm']['papers'][number];
export type Proxy = NonNullable<Schemas['NewDossier']['proxy']>;
interface Received {
  originals: number;
  copies: number;
}

function valueFor(field: FormField, person: Person): unknown {
  if (field.prefill === 'person') return { full_name: person.full_name, ...(person.personal_no && { personal_no: person.personal_no }), ...(person.birth_on && { birth_on: person.birth_on }), ...(person.sex && { sex: person.sex }) };
  if (field.prefill === 'person.address') {
    if (field.type !== 'address') return person.address;
    return person.area_code ? { area_code: person.area_code, detail: person.address ?? '' } : undefined;
  }
  const value = person[(field.prefill?.split('.')[1] ?? '') as keyof Person];
  return field.type === 'choice' && !field.options?.some((option) => option.value === value) ? undefined : value;
}

export class DeskFiling extends Filing {
  /** By paper id: what was handed over. */
  received = $state<Record<string, Received>>({});
  /** It goes to another unit, which is being chosen. */
  for_other = $state(false);
  /** Received for another unit: the result is handed over at this desk. */
  return_here = $state(true);
  private readonly own: string;
  /** One dossier, however often the button is pressed. */
  private key = newKey();
  private filled = $state.raw<Record<string, unknown>>({});

  constructor(source: Schemas['ProcedureForm'], unit_code: string) {
    // What the server knows beforehand is about the officer signed in, not about the applicant.
    super({ ...source, prefill: {} }, '', undefined);
    this.own = unit_code;
    this.unit_code = source.unit_code ?? unit_code;
    this.return_method = 'counter';
    this.host.sourceOf = (field_id, value) => (value !== undefined && this.filled[field_id] === JSON.stringify(value) ? t('desk.source_person') : undefined);
  }

  override touch(): void {
    // Nothing about a stranger stays on the counter's machine.
  }
  override async save(): Promise<void> {
    // As above.
  }

  /** Puts the applicant's details where the form asks for them and nothing was typed. */
  fillFrom(person: Person): void {
    const filled: Record<string, unknown> = { ...this.filled };
    for (const field of this.form.groups.flatMap((group) => group.fields)) {
      if (!field.prefill) continue;
      const untouched = isBlank(this.answers[field.id]) || JSON.stringify(this.answers[field.id]) === filled[field.id];
      const value = valueFor(field, person);
      if (!untouched || isBlank(value)) continue;
      this.answers[field.id] = value;
      filled[field.id] = JSON.stringify(value);
    }
    this.filled = filled;
  }

  tick(paper: Paper, on: boolean): void {
    if (!on) delete this.received[paper.paper_id];
    else this.received[paper.paper_id] = paper.originals || paper.copies ? { originals: paper.originals ?? 0, copies: paper.copies ?? 0 } : { originals: 0, copies: 1 };
  }

  /** What can be typed again is not lost by a reload of the tab; files are. */
  keep(): Record<string, unknown> {
    return $state.snapshot({ answers: this.answers, received: this.received, return_method: this.return_method, unit_code: this.unit_code, unit_name: this.unit_name, for_other: this.for_other, return_here: this.return_here }) as Record<string, unknown>;
  }
  restore(kept: Record<string, unknown>): void {
    this.answers = (kept.answers ?? {}) as typeof this.answers;
    this.received = (kept.received ?? {}) as typeof this.received;
    this.return_method = String(kept.return_method ?? 'counter');
    this.unit_code = String(kept.unit_code ?? this.unit_code);
    this.unit_name = String(kept.unit_name ?? '');
    this.for_other = kept.for_other === true;
    this.return_here = kept.return_here !== false;
  }

  private lines(errors: FieldError[]): { id: string; message: string }[] {
    const kParts: Record<string, string> = { full_name: t('form.full_name'), personal_no: t('form.personal_no'), birth_on: t('form.birth_on'), sex: t('form.sex'), phone: t('desk.phone'), address: t('desk.address') };
    return errors.flatMap((error) => {
      const part = /^\/applicant\/(\w+)/.exec(error.pointer)?.[1];
      if (part) return [{ id: part === 'phone' || part === 'address' ? part : `person-${part}`, message: `${t('case.applicant')}, ${kParts[part] ?? part}: ${tError(error.reason)}` }];
      const proxy = /^\/proxy\/(\w+)/.exec(error.pointer)?.[1];
      if (proxy) return [{ id: `proxy-${proxy}`, message: `${t('proxy.by_other')}: ${tError(error.reason)}` }];
      if (error.pointer === '/unit_code') return [{ id: this.for_other ? 'competent' : 'procedure', message: tError(error.reason) }];
      return summaryOf(this.form, this.source.papers, [error]);
    });
  }
  showAll(errors: FieldError[]): void {
    this.errors = errors;
    this.summary = this.lines(errors);
  }

  /** Files it; null when something is wrong, which is then shown. Throws what is not about a field. */
  async accept(person: Person, proxy?: Proxy): Promise<Schemas['FiledDossier'] | null> {
    const draft = this.draft();
    const unsent = Object.values(draft.files).some((file) => !file.file_id);
    const errors: FieldError[] = [
      ...(person.full_name.trim() ? [] : [{ pointer: '/applicant/full_name', reason: 'field_required' }]),
      ...errorsOf(this.form, draft.answers, (answer) => draft.files[answer.slice(kLocalPrefix.length)] !== undefined),
      ...this.shownPapers.filter((paper) => paper.required && !this.received[paper.paper_id] && !this.papers[paper.paper_id]?.length).map((paper) => ({ pointer: `/papers/${paper.paper_id}`, reason: 'paper_required' })),
      ...(unsent ? [{ pointer: '/files', reason: 'file_not_uploaded' }] : []),
      ...(this.for_other && this.unit_code === this.own ? [{ pointer: '/unit_code', reason: 'field_required' }] : []),
      ...(this.declared ? [] : [{ pointer: '/declaration', reason: 'declaration_required' }])
    ];
    this.showAll(errors);
    if (errors.length) return null;

    const body = bodyOf(draft);
    const files = Object.fromEntries((body.papers ?? []).map((paper) => [paper.paper_id, paper]));
    const papers = this.shownPapers
      .map((paper) => ({ file_ids: [], ...files[paper.paper_id], paper_id: paper.paper_id, ...(this.received[paper.paper_id] ?? { originals: 0, copies: 0 }) }))
      .filter((paper) => files[paper.paper_id] || paper.originals || paper.copies);
    try {
      return await take(api.POST('/api/v1/dossiers', { params: { header: { 'Idempotency-Key': this.key } }, body: { ...body, channel: 'counter', papers, applicant: $state.snapshot(person) as Person, ...(proxy && { proxy }), ...(this.unit_code !== this.own && this.return_method === 'counter' && { return_here: this.return_here }) } }));
    } catch (caught) {
      if (!(caught instanceof ApiError) || caught.status === 0) throw caught;
      // What was refused may be sent again changed.
      this.key = newKey();
      if (!caught.errors.length) throw caught;
      this.showAll(
        caught.errors.map((error) => {
          const [, part, index = ''] = error.pointer.split('/');
          return part === 'papers' && papers[Number(index)] ? { ...error, pointer: `/papers/${papers[Number(index)]?.paper_id}` } : error;
        })
      );
      return null;
    }
  }
}
