// One person filling one procedure's form: the draft, its files, its steps, its errors. Saved on the device after every change,
// so that a reload, also without network, loses nothing.
import { newKey, reasonOf, type Schemas } from '$lib/api/client';
import type { Draft, LocalFile } from '$lib/offline/store';
import { kLocalPrefix } from '$lib/offline/local';
import { t, tError, tText } from '$lib/text/i18n.svelte';
import type { FileItem } from '$lib/ui/FileField.svelte';
import { holds, isShown } from './condition';
import type { Answers, Condition, FieldError, FormDefinition } from './definition';
import type { FormHost } from './FormFieldView.svelte';

type ProcedureForm = Schemas['ProcedureForm'];
type Paper = ProcedureForm['papers'][number];

interface FilingStep {
  key: string;
  kind: 'place' | 'group' | 'papers' | 'check';
  label: string;
  group?: number;
}

interface FileState {
  state: FileItem['state'];
  progress: number;
  error?: string;
}

const kSavePauseMs = 400;

// The rules and the sending are fetched while the person is on the first step.
const rules = () => import('./rules');
const sending = () => import('$lib/offline/sending');
const areas = () => import('$lib/offline/areas');
const store = () => import('$lib/offline/store');

export class Filing {
  readonly source: ProcedureForm;
  readonly form: FormDefinition;
  readonly owner: string;
  answers = $state<Answers>({});
  unit_code = $state('');
  unit_name = $state('');
  return_method = $state('online');
  papers = $state<Record<string, string[]>>({});
  errors = $state<FieldError[]>([]);
  summary = $state<{ id: string; message: string }[]>([]);
  declared = $state(false);
  saved_at = $state('');
  private files = $state.raw<Record<string, LocalFile>>({});
  private fileStates = $state<Record<string, FileState>>({});
  private uploads = new Map<string, AbortController>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private changed = false;
  readonly restored: boolean;

  constructor(source: ProcedureForm, owner: string, draft: Draft | undefined) {
    this.source = source;
    this.form = source.form as unknown as FormDefinition;
    this.owner = owner;
    this.restored = Boolean(draft);
    if (draft) {
      this.answers = draft.answers;
      this.unit_code = draft.unit_code;
      this.unit_name = draft.unit_name;
      this.return_method = draft.return_method;
      this.papers = draft.papers;
      this.files = draft.files;
      this.saved_at = draft.saved_at;
    } else {
      for (const [id, known] of Object.entries(source.prefill as Record<string, { value?: unknown }>)) this.answers[id] = structuredClone(known.value);
    }
    if (source.unit_code) this.unit_code = source.unit_code;
    // What was left unsent by a cut or a reload is taken up again.
    for (const file of Object.values(this.files)) if (!file.file_id) void this.upload(file.key);
  }

  /** Steps of the screen; a group none of whose questions is asked has none. */
  readonly steps = $derived.by((): FilingStep[] => [
    { key: 'place', kind: 'place', label: t('filing.place') },
    ...this.form.groups.flatMap((group, index): FilingStep[] =>
      group.fields.some((field) => isShown(field, this.answers)) ? [{ key: `group-${group.id}`, kind: 'group', label: tText(group.title), group: index }] : []
    ),
    ...(this.shownPapers.length ? [{ key: 'papers', kind: 'papers', label: t('filing.papers') } as FilingStep] : []),
    { key: 'check', kind: 'check', label: t('filing.check') }
  ]);

  get shownPapers(): Paper[] {
    return this.source.papers.filter((paper) => !paper.when || holds(paper.when as Condition, this.answers));
  }

  draft(): Draft {
    return {
      id: `${this.owner}/${this.source.procedure_code}`,
      owner: this.owner,
      procedure_code: this.source.procedure_code,
      form: this.source,
      answers: $state.snapshot(this.answers) as Answers,
      unit_code: this.unit_code,
      unit_name: this.unit_name,
      return_method: this.return_method,
      papers: $state.snapshot(this.papers),
      files: { ...this.files },
      saved_at: new Date().toISOString()
    };
  }

  /** Saves shortly; many changes in a row are one write. */
  touch(): void {
    this.changed = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), kSavePauseMs);
  }
  async save(): Promise<void> {
    clearTimeout(this.timer);
    if (this.closed || !this.changed) return;
    const draft = this.draft();
    const { putDraft } = await store();
    await putDraft(draft).then(
      () => (this.saved_at = draft.saved_at),
      () => undefined
    );
  }
  async discard(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    for (const upload of this.uploads.values()) upload.abort();
    const { deleteDraft } = await store();
    await deleteDraft(`${this.owner}/${this.source.procedure_code}`);
  }

  // --- files ---

  item(key: string): FileItem | undefined {
    const file = this.files[key];
    if (!file) return undefined;
    const state = this.fileStates[key];
    return { key, name: file.name, size_bytes: file.size_bytes, state: file.file_id ? 'done' : (state?.state ?? 'waiting'), progress: state?.progress, error: state?.error, href: file.file_id && !file.source ? `/api/v1/files/${file.file_id}` : undefined };
  }
  async add(file: File): Promise<string> {
    const { blob, name } = await (await sending()).shrinkPhoto(file);
    const key = newKey();
    this.files = { ...this.files, [key]: { key, name, size_bytes: blob.size, blob } };
    void this.upload(key);
    this.touch();
    return key;
  }
  /** A file the office has already, from the dossier `source`. */
  addKept(paper_id: string, { source, file_id, name, size_bytes }: { source: string; file_id: string; name: string; size_bytes: number }): void {
    const key = newKey();
    this.files = { ...this.files, [key]: { key, name, size_bytes, file_id, source } };
    this.papers[paper_id] = [...(this.papers[paper_id] ?? []), key];
    this.touch();
  }
  remove(key: string): void {
    this.uploads.get(key)?.abort();
    const { [key]: _gone, ...rest } = this.files;
    this.files = rest;
    delete this.fileStates[key];
    this.touch();
  }
  async upload(key: string): Promise<void> {
    const file = this.files[key];
    if (!file?.blob || file.file_id || this.uploads.has(key)) return;
    const abort = new AbortController();
    this.uploads.set(key, abort);
    this.fileStates[key] = { state: 'uploading', progress: 0 };
    const { uploadFile, isTemporary } = await sending();
    try {
      const stored = await uploadFile(file.blob, file.name, (progress) => (this.fileStates[key] = { state: 'uploading', progress }), abort.signal);
      if (this.files[key]) this.files = { ...this.files, [key]: { ...file, blob: undefined, file_id: stored.file_id } };
      delete this.fileStates[key];
    } catch (caught) {
      if (this.files[key]) this.fileStates[key] = isTemporary(caught) ? { state: 'waiting', progress: 0 } : { state: 'failed', progress: 0, error: tError(reasonOf(caught)) };
    } finally {
      this.uploads.delete(key);
      this.touch();
    }
  }
  retryWaiting(): void {
    for (const file of Object.values(this.files)) if (!file.file_id && this.fileStates[file.key]?.state !== 'failed') void this.upload(file.key);
  }

  readonly host: FormHost = {
    findAreas: async (query) => (await areas()).findAreas(query),
    nameOfArea: async (area_code) => (await areas()).nameOfArea(area_code),
    fileOf: (answer) => this.item(answer.slice(kLocalPrefix.length)),
    addFile: async (file) => kLocalPrefix + (await this.add(file)),
    removeFile: (answer) => this.remove(answer.slice(kLocalPrefix.length)),
    retryFile: (answer) => void this.upload(answer.slice(kLocalPrefix.length)),
    sourceOf: (field_id, value) => {
      const known = (this.source.prefill as Record<string, { value?: unknown }>)[field_id];
      return known && value !== undefined && JSON.stringify(known.value) === JSON.stringify(value) ? t('form.source_account') : undefined;
    }
  };

  // --- checking ---

  private async allErrors(): Promise<FieldError[]> {
    const { errorsOf } = await rules();
    return [
      ...(this.unit_code ? [] : [{ pointer: '/unit_code', reason: 'unit_required' }]),
      ...errorsOf(this.form, $state.snapshot(this.answers) as Answers, (answer) => this.files[answer.slice(kLocalPrefix.length)] !== undefined),
      ...this.shownPapers.filter((paper) => paper.required && !this.papers[paper.paper_id]?.length).map((paper) => ({ pointer: `/papers/${paper.paper_id}`, reason: 'paper_required' }))
    ];
  }
  private ofStep(step: FilingStep, errors: FieldError[]): FieldError[] {
    if (step.kind === 'place') return errors.filter((error) => error.pointer === '/unit_code');
    if (step.kind === 'papers') return errors.filter((error) => error.pointer.startsWith('/papers/'));
    if (step.kind === 'check') return errors;
    const ids = new Set((this.form.groups[step.group ?? 0]?.fields ?? []).map((field) => field.id));
    return errors.filter((error) => error.pointer.startsWith('/answers/') && ids.has(error.pointer.split('/')[2] ?? ''));
  }
  /** Fills `errors` with this step's; true when there are none. */
  async check(step: FilingStep): Promise<boolean> {
    const failed = Object.values(this.fileStates).some((state) => state.state === 'failed');
    const errors = this.ofStep(step, await this.allErrors());
    if (step.kind === 'check') {
      if (!this.declared) errors.push({ pointer: '/declaration', reason: 'declaration_required' });
      if (failed) errors.push({ pointer: '/files', reason: 'file_not_uploaded' });
    }
    await this.show(errors);
    return errors.length === 0;
  }
  /** Shows errors on the screen, with their lines for the summary. */
  async show(errors: FieldError[]): Promise<void> {
    const { summaryOf } = await rules();
    this.errors = errors;
    this.summary = summaryOf(this.form, this.source.papers, errors);
  }
  /** The step an error belongs to. */
  stepOf(error: FieldError): number {
    const at = this.steps.findIndex((step) => step.kind !== 'check' && this.ofStep(step, [error]).length > 0);
    return at < 0 ? this.steps.length - 1 : at;
  }
  errorsById(pointer: string): string | undefined {
    const found = this.errors.find((error) => error.pointer === pointer);
    return found && tError(found.reason);
  }

  /**
   * Queues the dossier and tries to send it at once. The code when it was filed; 'queued' when there is no network; otherwise the
   * errors are filled in and the draft stays.
   */
  async submit(): Promise<{ dossier_code: string } | 'queued' | 'refused'> {
    await this.save();
    const { outbox, flushOutbox } = await sending();
    const key = newKey();
    await outbox.add({ key, owner: this.owner, title: this.source.procedure_name, draft: this.draft(), state: 'queued', queued_at: new Date().toISOString() });
    const sent = await flushOutbox();
    const mine = sent.find((one) => one.key === key);
    if (mine) {
      this.closed = true;
      clearTimeout(this.timer);
      return { dossier_code: mine.dossier_code };
    }
    const left = (await outbox.items(this.owner)).find((item) => item.key === key);
    if (left?.state === 'failed') {
      await outbox.remove(key);
      await this.show(left.errors?.length ? left.errors.map((error) => this.localError(error)) : [{ pointer: '/', reason: left.reason ?? 'unknown' }]);
      return 'refused';
    }
    // The outbox holds it now; the draft would only invite filing twice.
    await this.discard();
    return 'queued';
  }

  /** The server names papers by their place in what was sent; the screen by their id. */
  private localError(error: FieldError): FieldError {
    const [, part, index] = error.pointer.split('/');
    if (part !== 'papers' || !/^\d+$/.test(index ?? '')) return error;
    const sent = Object.entries(this.papers).filter(([, keys]) => keys.some((key) => this.files[key]?.file_id));
    return { pointer: `/papers/${sent[Number(index)]?.[0] ?? index}`, reason: error.reason };
  }
}
