import { widthOf } from '../../src/display/live/cells.ts';

/** How a cell looks. */
export interface Look {
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly color?: 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';
}

/** What stands in a cell; empty behind a sign that takes two. */
export interface Cell {
  readonly text: string;
  readonly look: Look;
}

/** What a program wrote to a terminal, and when, in milliseconds since it began. */
export interface Written {
  readonly ms: number;
  readonly text: string;
}

/**
 * A terminal, as far as our own output goes: it wraps, scrolls, keeps what scrolled away, and breaks lines anew when its
 * width changes, as most do; a sequence that it does not know is an error. `rows` is the screen with its colours, for a
 * picture of it.
 */
export interface TestTerminal {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** The screen, without blanks at the end of lines and empty lines below. */
  text(): string;
  /** The same with all that has scrolled away above it. */
  all(): string;
  /** The screen, cell by cell. */
  rows(): readonly (readonly Cell[])[];
  cursorShown(): boolean;
}

interface Row {
  cells: Cell[];
  /** Whether it goes on in the next one, since it was too long. */
  wraps: boolean;
}

const colors = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const;
const blank: Cell = { text: ' ', look: {} };

/** The screen of a recorded terminal at a moment: `screenAt(written, 12_000, 80, 24).rows()`. */
export function screenAt(
  written: readonly Written[],
  ms: number,
  columns: number,
  rows: number,
): TestTerminal {
  const terminal = createTerminal(columns, rows);
  for (const each of written) if (each.ms <= ms) terminal.write(each.text);
  return terminal;
}

/** An empty terminal. */
export function createTerminal(columns: number, rows: number): TestTerminal {
  let [width, height] = [columns, rows];
  let lines: Row[] = [newRow()];
  let [x, y, top] = [0, 0, 0];
  let [wrapping, shown] = [true, true];
  let look: Look = {};
  let rest = '';

  function newRow(): Row {
    return { cells: [], wraps: false };
  }
  const rowAt = (at: number): Row => {
    while (lines.length <= at) lines.push(newRow());
    return lines[at] ?? newRow();
  };
  const lineFeed = () => {
    y += 1;
    rowAt(y);
    if (y >= top + height) top = y - height + 1;
  };
  const put = (sign: string) => {
    const cells = widthOf(sign);
    if (cells === 0) {
      const before = rowAt(y).cells[x - 1];
      if (before !== undefined) rowAt(y).cells[x - 1] = { ...before, text: before.text + sign };
      return;
    }
    if (x + cells > width) {
      if (!wrapping) x = width - cells;
      else {
        rowAt(y).wraps = true;
        lineFeed();
        x = 0;
      }
    }
    const row = rowAt(y);
    while (row.cells.length < x) row.cells.push(blank);
    row.cells[x] = { text: sign, look };
    if (cells === 2) row.cells[x + 1] = { text: '', look };
    x += cells;
  };
  const paint = (code: number) => {
    if (code === 0) look = {};
    else if (code === 1) look = { ...look, bold: true };
    else if (code === 2) look = { ...look, dim: true };
    else if (code === 22) look = look.color === undefined ? {} : { color: look.color };
    else if (code === 39) {
      const { color: _color, ...others } = look;
      look = others;
    } else {
      const color = colors[code - 31];
      if (color === undefined) throw new Error(`the terminal knows no look ${code}`);
      look = { ...look, color };
    }
  };
  const obey = (mark: string, numbers: string, letter: string) => {
    const number = Number(numbers === '' ? 1 : numbers);
    if (mark === '?' && (letter === 'h' || letter === 'l')) {
      if (number === 7) wrapping = letter === 'h';
      else if (number === 25) shown = letter === 'h';
      else if (number !== 2026) throw new Error(`the terminal knows no mode ${number}`);
    } else if (letter === 'm') for (const code of numbers.split(';')) paint(Number(code));
    else if (letter === 'A') y = Math.max(top, y - number);
    else if (letter === 'G') x = number - 1;
    else if (letter === 'K' && numbers === '') rowAt(y).cells.length = Math.min(rowAt(y).cells.length, x);
    else if (letter === 'J' && (numbers === '' || numbers === '0')) {
      rowAt(y).cells.length = Math.min(rowAt(y).cells.length, x);
      rowAt(y).wraps = false;
      // What is written here next does not go on with the line above.
      if (x === 0 && y > 0) rowAt(y - 1).wraps = false;
      lines.length = y + 1;
    } else throw new Error(`the terminal knows no sequence ${JSON.stringify(mark + numbers + letter)}`);
  };
  const textOf = (rows: readonly Row[]) =>
    rows
      .map(({ cells }) =>
        cells
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd();

  return {
    write(text) {
      rest += text;
      for (;;) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
        const sequence = /^\u001b\[([?]?)([\d;]*)([A-Za-z])/.exec(rest);
        const [sign] = rest;
        if (sign === undefined) return;
        if (sequence !== null) {
          obey(sequence[1] ?? '', sequence[2] ?? '', sequence[3] ?? '');
          rest = rest.slice(sequence[0].length);
          continue;
        }
        // The rest of it is still to come.
        if (sign === '\u001b' && rest.length < 12) return;
        if (sign === '\u001b') throw new Error(`the terminal knows no ${JSON.stringify(rest.slice(0, 12))}`);
        if (sign === '\r') x = 0;
        else if (sign === '\n') lineFeed();
        else put(sign);
        rest = rest.slice(sign.length);
      }
    },
    resize(columnsNow, rowsNow) {
      const broken: Row[] = [];
      let [newX, newY] = [0, 0];
      for (let at = 0; at < lines.length; at += 1) {
        // A line with all that it was wrapped into, and where the cursor is in it.
        const cells: Cell[] = [];
        let cursor: number | undefined;
        for (; ; at += 1) {
          const row = lines[at] ?? newRow();
          if (at === y) cursor = cells.length + x;
          cells.push(...row.cells);
          if (!row.wraps) break;
        }
        const from = broken.length;
        for (let start = 0; start === 0 || start < cells.length; start += columnsNow)
          broken.push({
            cells: cells.slice(start, start + columnsNow),
            wraps: start + columnsNow < cells.length,
          });
        if (cursor !== undefined)
          [newX, newY] = [cursor % columnsNow, from + Math.floor(cursor / columnsNow)];
      }
      [width, height, lines, x, y] = [columnsNow, rowsNow, broken, newX, newY];
      top = Math.max(0, Math.min(lines.length - height, y), y - height + 1);
    },
    text: () => textOf(lines.slice(top, top + height)),
    all: () => textOf(lines),
    rows: () => lines.slice(top, top + height).map(({ cells }) => cells),
    cursorShown: () => shown,
  };
}
