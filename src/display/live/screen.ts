import { widthOf } from './cells.ts';

const begin = '\u001b[?2026h\u001b[?7l';
const end = '\u001b[?7h\u001b[?2026l';
const [hideCursor, showCursor] = ['\u001b[?25l', '\u001b[?25h'];
const [eraseBelow, eraseLine] = ['\u001b[J', '\u001b[K'];

/** Lines at the end of what a terminal shows, which change. */
export interface Screen {
  /** Shows these lines in place of those before; what is as it was is not written again. */
  show(lines: readonly string[]): void;
  /** Writes lines that stay, above those that change. */
  above(text: readonly string[]): void;
  /** The terminal has another size: what stood on it may be broken into more lines, and some may have scrolled away. */
  resized(columns: number, rows: number): void;
  /** Takes the lines away, and leaves the terminal as it was. */
  close(): void;
}

/**
 * Every frame is one write, of the lines that differ. The cursor rests on an empty line below the last one: all terminals
 * that break lines anew when they get narrower keep it there, so it is known how far above it the first line is.
 */
export function createScreen(write: (text: string) => void): Screen {
  let drawn: readonly string[] = [];
  /** How many lines of the terminal they take; fewer are drawn anew one by one. */
  let height = 0;
  /** The cells of lines that scrolled away from just above them: they come back when the terminal gets higher. */
  let gone: readonly number[] = [];
  let sound = true;
  let hidden = false;

  const up = () => (height === 0 ? '\r' : `\r\u001b[${height}A`);
  const frame = (lines: readonly string[]) => {
    const before = sound ? drawn : [];
    const text = lines.map((line, index) => (before[index] === line ? '' : line + eraseLine));
    drawn = [...lines];
    height = lines.length;
    sound = true;
    return `${text.map((line) => `${line}\r\n`).join('')}${eraseBelow}`;
  };
  const send = (text: string) => {
    write(`${hidden ? '' : hideCursor}${begin}${text}${end}`);
    hidden = true;
  };

  return {
    show(lines) {
      const same = sound && lines.length === drawn.length && lines.every((line, at) => line === drawn[at]);
      if (!same) send(`${up()}${sound ? '' : eraseBelow}${frame(lines)}`);
    },
    above(text) {
      // What stays may be longer than the terminal is wide, and goes on in the next line.
      const kept = text.map((line) => `\u001b[?7h${line}\r\n\u001b[?7l`).join('');
      const start = `${up()}${eraseBelow}`;
      [sound, gone] = [false, []];
      send(`${start}${kept}${frame(drawn)}`);
    },
    resized(columns, rows) {
      const rowsOf = (cells: number) => Math.max(1, Math.ceil(cells / columns));
      const lines = [...gone, ...drawn.map(cellsOf)];
      height = lines.reduce((sum, cells) => sum + rowsOf(cells), 0);
      let away = height + 1 - rows;
      gone = lines.flatMap((cells) => {
        const before = Math.max(0, away);
        away -= rowsOf(cells);
        return before === 0 ? [] : [Math.min(cells, before * columns)];
      });
      sound = false;
    },
    close() {
      if (hidden) write(`${up()}${eraseBelow}${showCursor}`);
      [drawn, height, gone, hidden] = [[], 0, [], false];
    },
  };
}

/** Colours take no room. */
function cellsOf(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what begins a colour
  return widthOf(line.replace(/\u001b\[[\d;]*m/g, ''));
}
