import { expect, it } from 'vitest';
import { refusalOf } from '../../../src/apim/database/refusals.ts';

it.each([
  ['ER_ACCESS_DENIED_ERROR', 'user'],
  ['28P01', 'user'],
  ['ER_BAD_DB_ERROR', 'database'],
  ['3D000', 'database'],
  ['42501', 'database'],
])('%s refuses the %s', (code, refused) => {
  expect(refusalOf(code)).toBe(refused);
});

it.each(['ER_LOCK_WAIT_TIMEOUT', 'constructor'])('%s refuses neither', (code) => {
  expect(refusalOf(code)).toBeUndefined();
});
