import { expect, it } from 'vitest';
import { distrusted, isPublic } from '../../../src/apim/release/public-certificates.ts';

/** As keytool prints them of the keystores of API Manager 3.2.0 and of its analytics. */
const printed = [
  '36:12:AD:8F:01:B4:EC:F4:71:4F:0B:C8:E0:71:B6:40:3D:D3:4C:4D:DE:62:D8:1D:D4:B9:1D:1A:A3:56:DE:E6',
  '8A:CE:6D:B1:DF:A6:24:6F:D6:D7:32:80:49:09:06:23:F0:59:34:AD:71:65:F2:F2:2A:44:61:2B:A7:34:0B:28',
];
const sums = printed.map((each) => each.replaceAll(':', '').toLowerCase());

it('knows both certificates whose keys the product and its analytics publish', () => {
  for (const sum of sums) expect(isPublic(sum, [])).toBe(true);
  expect(distrusted([])).toEqual([...sums].sort());
});

it('knows those that the inventory names as well, and no others', () => {
  const mine = 'ab'.repeat(32);
  expect(isPublic(mine, [])).toBe(false);
  expect(isPublic(mine, [mine])).toBe(true);
  expect(distrusted([mine, mine])).toHaveLength(3);
});
