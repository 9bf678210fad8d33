import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fold } from './fold';

// The corpus is shared with the C++ side: a query folded here must find what was folded there.
const cases = JSON.parse(readFileSync(new URL('../../../../tests/fixtures/fold.json', import.meta.url), 'utf8')) as { in: string; out: string }[];

describe('fold', () => {
  it('has a corpus worth the name', () => expect(cases.length).toBeGreaterThanOrEqual(40));
  it.each(cases)('folds $in', (one) => expect(fold(one.in)).toBe(one.out));
});
