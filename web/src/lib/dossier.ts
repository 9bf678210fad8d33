// What the person's and the officer's page of a dossier say in the same way.
import type { Schemas } from '$lib/api/client';
import { formatDate, formatDateTime } from '$lib/text/format';
import { t, tText } from '$lib/text/i18n.svelte';
import type { TimelineItem } from '$lib/ui/Timeline.svelte';

type Dossier = Schemas['Dossier'];
type DossierEvent = Dossier['events'][number];

/** Actions that end a dossier without its result. */
export const kGrave = ['refuse', 'stop', 'withdraw'];

export const joined = (parts: (string | null | undefined)[], by = ', '): string => parts.filter(Boolean).join(by);

export const stepItems = (steps: Dossier['steps'] | Schemas['Track']['steps']): TimelineItem[] => (steps ?? []).map((step, index) => ({ key: index, title: tText(step.title), state: step.status === 'ahead' ? 'todo' : step.status === 'current' ? 'current' : 'done' }));

/** Newest first. `who` names the one who did it; with `late`, the words for it, a step that took too long shows as a problem. */
export const eventItems = (dossier: Dossier, who: (event: DossierEvent) => string, late = ''): TimelineItem[] =>
  [...dossier.events].reverse().map((event, index) => {
    const slow = late && event.late ? late : '';
    return {
      key: event.event_id ?? index,
      title: tText(event.title),
      meta: joined([formatDateTime(event.at), who(event)], ' · '),
      body: joined([event.reason, ...(event.items ?? []).map((item) => `– ${item}`), event.note, slow], '\n') || undefined,
      state: kGrave.includes(event.action) || slow ? 'problem' : index === 0 && !dossier.state.final ? 'current' : 'done'
    };
  });

export const dateRows = (dossier: Dossier): { key: string; label: string; value: string }[] => [
  ...(dossier.received_at ? [{ key: 'received', label: t('dossier.received'), value: formatDateTime(dossier.received_at) }] : []),
  ...(dossier.due_on ? [{ key: 'due', label: t('dossier.due'), value: formatDate(dossier.due_on) }] : []),
  ...(dossier.original_due_on && dossier.original_due_on !== dossier.due_on ? [{ key: 'original', label: t('dossier.original_due'), value: formatDate(dossier.original_due_on) }] : []),
  ...(dossier.finished_at ? [{ key: 'finished', label: t('dossier.finished'), value: formatDateTime(dossier.finished_at) }] : [])
];
