// The communes of the province: some dozens, fetched once and searched here, so that an address can be given without network.
import { api, take, type Schemas } from '$lib/api/client';
import { fold } from '$lib/text/fold';
import type { AreaOption } from '$lib/ui/AddressField.svelte';
import { keep } from './store';

type Unit = Schemas['Unit'];
const kPagesMax = 20;

async function fetchCommunes(): Promise<Unit[]> {
  const units: Unit[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < kPagesMax; page++) {
    const answer = await take(api.GET('/api/v1/units', { params: { query: { kind: 'commune', limit: 100, cursor } } }));
    units.push(...answer.items);
    if (!answer.next_cursor) break;
    cursor = answer.next_cursor;
  }
  return units;
}

let loaded: Promise<Unit[]> | undefined;
export function communes(): Promise<Unit[]> {
  loaded ??= keep('communes', fetchCommunes).catch((caught: unknown) => {
    loaded = undefined;
    throw caught;
  });
  return loaded;
}

/** Whose folded name holds every word; names that begin with the query first. */
export function searchUnits(units: Unit[], query: string): Unit[] {
  const words = fold(query).split(' ').filter(Boolean);
  if (!words.length) return units;
  const names = units.map((unit) => ({ unit, name: fold(unit.short_name) }));
  const hits = names.filter(({ name }) => words.every((word) => name.includes(word)));
  const starts = (name: string) => (name.replace(/^(xa|phuong|dac khu) /, '').startsWith(words.join(' ')) ? 0 : 1);
  return hits.sort((a, b) => starts(a.name) - starts(b.name)).map(({ unit }) => unit);
}

function option(unit: Unit): AreaOption {
  return { area_code: unit.area_code ?? '', label: unit.short_name };
}

// Communes of other provinces are asked for when there is a network and the server knows them.
const kQueryMin = 3;
const kElsewhere = 10;
async function elsewhere(query: string, known: Set<string>): Promise<AreaOption[]> {
  const answer = await take(api.GET('/api/v1/areas', { params: { query: { q: query, level: 'commune', limit: kElsewhere } } }));
  return answer.items.filter((area) => !known.has(area.area_code)).map((area) => ({ area_code: area.area_code, label: area.name, detail: area.province_name ?? undefined }));
}

export async function findAreas(query: string): Promise<AreaOption[]> {
  const units = (await communes()).filter((unit) => unit.area_code);
  const here = searchUnits(units, query).map(option);
  if (query.trim().length < kQueryMin) return here;
  return [...here, ...(await elsewhere(query.trim(), new Set(units.map((unit) => unit.area_code ?? ''))).catch(() => []))];
}
export async function nameOfArea(area_code: string): Promise<AreaOption | null> {
  const unit = (await communes().catch(() => [])).find((one) => one.area_code === area_code);
  if (unit) return option(unit);
  const area = await take(api.GET('/api/v1/areas/{area_code}', { params: { path: { area_code } } })).catch(() => null);
  return area ? { area_code, label: area.name, detail: area.province_name ?? undefined } : null;
}
