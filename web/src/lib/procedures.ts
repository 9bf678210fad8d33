// Procedures as shown to people.
import type { Schemas } from '$lib/api/client';
import { formatMoney } from '$lib/text/format';
import { language, t, tMaybe } from '$lib/text/i18n.svelte';

export function procedureName(procedure: { name: string; name_en?: string }): string {
  return (language() === 'en' && procedure.name_en) || procedure.name;
}

type Channel = Schemas['Procedure']['channels'][number];

export function channelName(channel: string): string {
  return tMaybe(`channel.${channel}`) ?? channel;
}

export function timeText(limit: Channel['time_limit']): string {
  if (!limit) return t('procedure.time_unknown');
  // The unit is our guess, and a bare 1 is what the source fills in by itself: say what is known instead of promising it.
  if (limit.unit_source === 'assumed') return t('time.unit_unknown', { count: limit.value });
  if (limit.value === 0) return t('time.same_day');
  return t(`time.${limit.unit}`, { count: limit.value });
}

export function feeText(channel: Pick<Channel, 'fee_vnd' | 'fee_text'>): string {
  if (channel.fee_text) return channel.fee_text;
  if (channel.fee_vnd === 0) return t('procedure.free');
  return channel.fee_vnd ? formatMoney(channel.fee_vnd) : t('procedure.fee_unknown');
}

/** The amount without its explanation in brackets, for lists. */
export function shortFee(text: string): string {
  const amount = text.split(' (')[0] ?? text;
  return amount === 'Miễn phí' ? t('procedure.free') : amount;
}

const kUnits = { 'ngày làm việc': 'working_day', ngày: 'day', giờ: 'hour' } as const;
/** The list's own text of a time limit, in the reader's language where it is a plain number of days or hours. */
export function shortTime(text: string): string {
  const [, count, unit] = /^(\d+) (ngày làm việc|ngày|giờ)$/.exec(text) ?? [];
  return unit && language() === 'en' ? t(`time.${kUnits[unit as keyof typeof kUnits]}`, { count: Number(count) }) : text;
}
