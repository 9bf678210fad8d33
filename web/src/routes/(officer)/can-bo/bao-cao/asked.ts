// What a report's address asks for.
import { todayOn } from '$lib/text/format';

export function askedOf(url: URL): { unit: string | undefined; from: string; to: string; frame: 'as_was' | undefined } {
  const read = (name: string) => url.searchParams.get(name) || undefined;
  const today = todayOn();
  return {
    unit: read('don-vi'),
    from: read('tu') ?? `${today.slice(0, 4)}-01-01`,
    to: read('den') ?? `${today.slice(0, 4)}-12-31`,
    frame: read('khung') === 'as_was' ? 'as_was' : undefined
  };
}
