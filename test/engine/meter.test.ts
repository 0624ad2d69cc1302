import { describe, expect, it } from 'vitest';
import { createMeter } from '../../src/engine/meter.ts';

describe('a meter', () => {
  it('counts what was carried since the first report, and begins anew with the next transfer', () => {
    let now = 0;
    const measure = createMeter(() => now);
    const at = (ms: number, done: number, total: number) => {
      now = ms;
      return measure(done, total);
    };
    expect(at(0, 500, 2500)).toEqual({ rate: 0, ms: 0 });
    expect(at(2000, 2500, 2500)).toEqual({ rate: 1000, ms: 2000 });
    expect(at(3000, 0, 2500)).toEqual({ rate: 0, ms: 0 });
    expect(at(3500, 100, 2500)).toEqual({ rate: 200, ms: 500 });
    expect(at(4000, 100, 700)).toEqual({ rate: 0, ms: 0 });
  });
});
