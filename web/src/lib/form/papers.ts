// The papers of a filing and their files, at home and at the counter.
import { t } from '$lib/text/i18n.svelte';
import type { FileItem } from '$lib/ui/FileField.svelte';
import type { Filing } from './filing.svelte';

export type Paper = Filing['source']['papers'][number];

/** "1 bản chính, 2 bản sao"; empty when the procedure does not say. */
export const expected = (paper: Paper): string =>
  [paper.originals ? t('procedure.originals', { count: paper.originals }) : '', paper.copies ? t('procedure.copies', { count: paper.copies }) : ''].filter(Boolean).join(', ');

/** What a FileField needs of one paper. */
export function fileProps(filing: Filing, { paper_id }: Paper) {
  const keys = filing.papers[paper_id] ?? [];
  return {
    multiple: true,
    files: keys.map((key) => filing.item(key)).filter((item): item is FileItem => item !== undefined),
    onadd: async (files: File[]) => {
      for (const file of files) {
        const key = await filing.add(file);
        filing.papers[paper_id] = [...(filing.papers[paper_id] ?? []), key];
      }
    },
    onremove: (key: string) => {
      filing.papers[paper_id] = (filing.papers[paper_id] ?? []).filter((one) => one !== key);
      filing.remove(key);
    },
    onretry: (key: string) => void filing.upload(key)
  };
}
