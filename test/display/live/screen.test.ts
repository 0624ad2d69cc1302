import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScreen } from '../../../src/display/live/screen.ts';
import { createTerminal } from '../../support/terminal.ts';

function screenOn(columns: number, rows: number) {
  const terminal = createTerminal(columns, rows);
  const written: string[] = [];
  terminal.write('before\r\n');
  const screen = createScreen((text) => {
    written.push(text);
    terminal.write(text);
  });
  return { terminal, screen, written };
}

describe('a screen', () => {
  it('shows lines in place of those before, be they more or fewer', () => {
    const { terminal, screen } = screenOn(20, 10);
    for (const lines of [['one'], ['one', 'two', 'three'], ['four', 'two'], ['four'], [], ['five', 'six']]) {
      screen.show(lines);
      expect(terminal.text()).toBe(['before', ...lines].join('\n'));
    }
  });

  it('writes one time a frame, only what differs, and nothing where nothing does', () => {
    const { screen, written } = screenOn(20, 10);
    screen.show(['one', 'two', 'three']);
    screen.show(['one', 'TWO', 'three']);
    expect(written).toHaveLength(2);
    expect(written[1]).toContain('TWO');
    expect(written[1]).not.toMatch(/one|three/);
    screen.show(['one', 'TWO', 'three']);
    expect(written).toHaveLength(2);
  });

  it('writes above what changes, and that stays', () => {
    const { terminal, screen } = screenOn(20, 6);
    screen.show(['one', 'two']);
    screen.above(['12:41:55  gw failed, and this is long']);
    screen.show(['one', 'three']);
    expect(terminal.text()).toBe('before\n12:41:55  gw failed,\n and this is long\none\nthree');
    screen.above(['a', 'b', 'c']);
    expect(terminal.all()).toBe('before\n12:41:55  gw failed,\n and this is long\na\nb\nc\none\nthree');
  });

  it('leaves nothing of itself, and a cursor', () => {
    const { terminal, screen } = screenOn(20, 10);
    screen.show(['one', 'two']);
    expect(terminal.cursorShown()).toBe(false);
    screen.close();
    terminal.write('after');
    expect(terminal.text()).toBe('before\nafter');
    expect(terminal.cursorShown()).toBe(true);
  });

  it('keeps the terminal as it is where nothing was shown', () => {
    const { screen, written } = screenOn(20, 10);
    screen.close();
    expect(written).toEqual([]);
  });

  const size = fc.record({ columns: fc.integer({ min: 4, max: 40 }), rows: fc.integer({ min: 6, max: 20 }) });
  const linesFor = ({ columns }: { readonly columns: number }, count: number) =>
    Array.from({ length: count }, (_, index) => String(index % 10).repeat(columns - 1));

  it('is whole after the terminal got another size, with what stood above it, and nothing twice', () => {
    fc.assert(
      fc.property(size, size, (first, next) => {
        const { terminal, screen } = screenOn(first.columns, first.rows);
        screen.show(linesFor(first, 3));
        terminal.resize(next.columns, next.rows);
        screen.resized(next.columns, next.rows);
        screen.show(linesFor(next, 3));
        const before =
          next.columns < 6 ? 'before'.match(new RegExp(`.{1,${next.columns}}`, 'g')) : ['before'];
        const all = [...(before ?? []), ...linesFor(next, 3)];
        expect(terminal.all().endsWith(linesFor(next, 3).join('\n'))).toBe(true);
        // Where it did not fit any more, its first lines have scrolled away, out of reach.
        const reached = 3 * Math.ceil((first.columns - 1) / next.columns) < next.rows;
        if (reached) expect(terminal.all()).toBe(all.join('\n'));
      }),
      { numRuns: 300 },
    );
  });

  it('takes what had scrolled away in a smaller terminal with it, once that is higher again', () => {
    const { terminal, screen } = screenOn(20, 12);
    const fits = linesFor({ columns: 20 }, 10);
    screen.show(fits);
    for (const rows of [6, 12]) {
      terminal.resize(20, rows);
      screen.resized(20, rows);
      screen.show(fits.slice(0, rows - 2));
    }
    expect(terminal.all()).toBe(['before', ...fits].join('\n'));
  });
});
