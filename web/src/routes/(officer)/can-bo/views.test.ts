import { expect, it } from 'vitest';
import { addressOf, queryOf, same } from './views';

it('a view and its address say the same, whatever the order', () => {
  const query = { deadline: 'late', q: 'khai sinh', mine: '1' } as const;
  const back = queryOf(new URL(`http://x/can-bo${addressOf(query)}&other=1`));
  expect(back).toEqual(query);
  expect(same(back, query)).toBe(true);
  expect(same(back, { ...query, sort: 'code' })).toBe(false);
  expect(addressOf({})).toBe('');
});
