import { describe, expect, it } from 'vitest';
import { wasStartedWith } from '../../../src/apim/database/first-start.ts';

describe('a shared database', () => {
  it.each([
    ['of MySQL with both', { users: 1, paths: 1 }, true],
    ['of MySQL with text for numbers', { users: '1', paths: '1' }, true],
    ['of PostgreSQL with both', { users: true, paths: true }, true],
    ['with users only, as of a first start that broke off', { users: 1, paths: 0 }, false],
    ['with a registry only', { users: false, paths: true }, false],
    ['with nothing', { users: 0, paths: 0 }, false],
  ])('%s: a server has started with it before: %j', (_what, row, expected) => {
    expect(wasStartedWith([row])).toBe(expected);
  });

  it('that gave no row was not started with', () => {
    expect(wasStartedWith([])).toBe(false);
  });
});
