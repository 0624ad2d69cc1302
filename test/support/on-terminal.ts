import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createTerminal, type TestTerminal, type Written } from './terminal.ts';

/** A program that runs on a terminal. */
export interface OnTerminal {
  readonly terminal: TestTerminal;
  /** All that it wrote, for `screenAt`. */
  readonly written: readonly Written[];
  /** Resolves as soon as the screen fits. */
  seen(fits: (text: string) => boolean): Promise<void>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  readonly ended: Promise<number>;
}

/** Starts a program on a real terminal of its own, and shows what is on the screen of it. */
export function startOnTerminal(
  words: readonly string[],
  { columns, rows, ...more }: { readonly columns: number; readonly rows: number; readonly cwd?: string },
): OnTerminal {
  const helper = resolve(import.meta.dirname, 'on-pty.py');
  const { NO_COLOR: _plain, CI: _ci, ...environment } = process.env;
  const child = spawn('python3', [helper, String(columns), String(rows), ...words], {
    ...more,
    env: { ...environment, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const terminal = createTerminal(columns, rows);
  const written: Written[] = [];
  const began = performance.now();
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const text = JSON.parse(line) as string;
    written.push({ ms: performance.now() - began, text });
    terminal.write(text);
    for (const look of waiting) look();
  });
  const order = (what: object) => void child.stdin.write(`${JSON.stringify(what)}\n`);
  const ended = new Promise<number>((done) => child.on('close', (code) => done(code ?? 255)));
  return {
    terminal,
    written,
    seen: (fits) =>
      new Promise((found, failed) => {
        const look = () => {
          if (!fits(terminal.text())) return;
          waiting.delete(look);
          found();
        };
        waiting.add(look);
        look();
        void ended.then(() => failed(new Error(`it ended before that was seen:\n${terminal.all()}`)));
      }),
    type: (text) => order({ type: text }),
    resize(columnsNow, rowsNow) {
      terminal.resize(columnsNow, rowsNow);
      order({ columns: columnsNow, rows: rowsNow });
    },
    ended,
  };
}
