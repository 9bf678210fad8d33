import { api, take } from '$lib/api/client';
import { orPageError } from '$lib/officer/load';
import type { PageLoad } from './$types';

const kStates = ['failed', 'unknown', 'waiting', 'sent', 'cancelled'] as const;
const kChannels = ['email', 'sms', 'zalo'] as const;

export const load: PageLoad = async ({ url, depends }) => {
  depends('app:deliveries');
  const query = { state: kStates.find((one) => one === url.searchParams.get('trang-thai')), channel: kChannels.find((one) => one === url.searchParams.get('kenh')), limit: 50 };
  return { query, list: await orPageError(take(api.GET('/api/v1/admin/deliveries', { params: { query } })), url) };
};
