import { expect, it } from 'vitest';
import { stalePages } from '../scripts/docs.ts';

it('has fresh generated pages (npm run docs writes them)', () => {
  expect(stalePages()).toEqual([]);
});
