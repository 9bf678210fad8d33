// A citizen's screens while they are open: what was filed without network is sent when there is one; the count of notices, a word of
// what happened, and the dossier that is being looked at. Not needed for the first picture.
import { watchOutbox } from '$lib/offline/outbox.svelte';
import { session } from '$lib/session.svelte';
import { tMaybe } from '$lib/text/i18n.svelte';
import { toast } from '$lib/ui/toasts.svelte';
import { refresh } from './refresh';
import { listen } from './stream';

const shown = new Set<string>();

function watchNotices(): () => void {
  return listen((heard) => {
    if ('unread' in heard && session.me) session.me.unread_notices = heard.unread;
    if (heard.name !== 'notice' || shown.has(heard.notice.notice_id)) return;
    const { notice_id, kind, subject } = heard.notice;
    shown.add(notice_id);
    toast([tMaybe(`notice.${kind}`), subject].filter(Boolean).join(' · '));
    // A notice of the account is about no dossier.
    if (subject && location.pathname.includes(subject)) void refresh('app:dossier');
  });
}

export function watch(): () => void {
  watchOutbox();
  return $effect.root(() => {
    const signedIn = $derived(Boolean(session.me));
    $effect(() => (signedIn ? watchNotices() : undefined));
  });
}
