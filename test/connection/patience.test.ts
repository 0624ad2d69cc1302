import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patience } from '../../src/connection/patience.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('patience', () => {
  it('ends once its time is over, and not before', async () => {
    const over = vi.fn();
    patience(1_000, over);
    await vi.advanceTimersByTimeAsync(999);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(20);
    expect(over).toHaveBeenCalledTimes(1);
  });

  it('does not end once it was called off', async () => {
    const over = vi.fn();
    const callOff = patience(1_000, over);
    await vi.advanceTimersByTimeAsync(900);
    callOff();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(over).not.toHaveBeenCalled();
  });
});
