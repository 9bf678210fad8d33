import { error } from '@sveltejs/kit';
import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import { may } from '$lib/session.svelte';
import { todayOn } from '$lib/text/format';
import type { PageLoad } from './$types';

const kShown = 100;

export const load: PageLoad = async ({ parent, url, depends }) => {
  depends('app:payments');
  await parent();
  if (!may('payment.read')) error(403, { message: 'permission_denied', reason: 'permission_denied' });
  const on = /^\d{4}-\d{2}-\d{2}$/.test(url.searchParams.get('ngay') ?? '') ? (url.searchParams.get('ngay') as string) : todayOn();
  const list = { limit: kShown };
  const [credits, issued, partial, refunds, day, books, statements] = await orPageError(
    Promise.all([
      take(api.GET('/api/v1/payments/credits', { params: { query: { ...list, state: 'queued' } } })),
      take(api.GET('/api/v1/payments/invoices', { params: { query: { ...list, state: 'issued' } } })),
      take(api.GET('/api/v1/payments/invoices', { params: { query: { ...list, state: 'partial' } } })),
      take(api.GET('/api/v1/payments/refunds', { params: { query: { ...list, state: 'proposed' } } })),
      take(api.GET('/api/v1/payments/daily', { params: { query: { on } } })),
      take(api.GET('/api/v1/payments/reconciliation', { params: { query: { from: `${on.slice(0, 8)}01`, to: on } } })),
      take(api.GET('/api/v1/payments/statements'))
    ]),
    url
  );
  return { on, credits: credits.items, bills: [...partial.items, ...issued.items], refunds: refunds.items, day, books, statements };
};
