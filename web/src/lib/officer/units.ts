// Units for choosing and for the tree.
import { api, take, type Schemas } from '$lib/api/client';

export type Unit = Schemas['Unit'];
const kPage = 100;
const kPagesMax = 20;
const kFound = 20;

export async function childrenOf(parent: string): Promise<Unit[]> {
  const units: Unit[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < kPagesMax; page++) {
    const answer = await take(api.GET('/api/v1/units', { params: { query: { parent, limit: kPage, cursor } } }));
    units.push(...answer.items);
    if (!answer.next_cursor) break;
    cursor = answer.next_cursor;
  }
  return units;
}

export async function findUnits(q: string): Promise<Unit[]> {
  return (await take(api.GET('/api/v1/units', { params: { query: { limit: kFound, ...(q.trim() && { q: q.trim() }) } } }))).items;
}
