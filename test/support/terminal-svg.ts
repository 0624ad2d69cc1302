import { widthOf } from '../../src/display/live/cells.ts';
import type { Cell, Look, TestTerminal } from './terminal.ts';

/** Sizes of a cell, in pixels. */
const cell = { width: 8.4, height: 18 };
const edge = { side: 16, top: 40, bottom: 14 };

const colors: Readonly<Record<NonNullable<Look['color']>, string>> = {
  red: '#ff7b72',
  green: '#7ee787',
  yellow: '#e3b341',
  blue: '#79c0ff',
  magenta: '#d2a8ff',
  cyan: '#56d4dd',
};

/** A picture of a terminal as it stands, as SVG: text that can be selected, and looks the same by day and by night. */
export function terminalSvg(terminal: TestTerminal, columns: number, title: string): string {
  const rows = terminal.rows();
  const last = rows.findLastIndex((row) => row.some(({ text }) => text.trim() !== ''));
  const shown = rows.slice(0, last + 1);
  const width = Math.ceil(columns * cell.width + 2 * edge.side);
  const height = Math.ceil(shown.length * cell.height + edge.top + edge.bottom);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (color, index) => `<circle cx="${18 + index * 18}" cy="18" r="5.5" fill="${color}"/>`,
    ),
    `<text x="${width / 2}" y="22" fill="#8b949e" font-family="system-ui, sans-serif" font-size="12.5" text-anchor="middle">${escaped(title)}</text>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">`,
    ...shown.flatMap((row, index) => runsOf(row).map((run) => drawn(run, index))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Cells side by side that look the same. */
interface Run {
  readonly column: number;
  text: string;
  readonly look: Look;
}

function runsOf(row: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  for (const [column, { text, look }] of row.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && JSON.stringify(run.look) === JSON.stringify(look)) run.text += text;
    else runs.push({ column, text, look });
  }
  return runs.flatMap(wordsOf);
}

/** What wide gaps part stands by itself: whoever draws it may take several blanks for one. */
function wordsOf({ column, text, look }: Run): Run[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((found) => ({
    column: column + widthOf(text.slice(0, found.index)),
    text: found[0],
    look,
  }));
}

function drawn({ column, text, look }: Run, row: number): string {
  const [x, y] = [edge.side + column * cell.width, edge.top + row * cell.height + 13];
  const length = widthOf(text) * cell.width;
  const style = [
    ...(look.color === undefined ? [] : [`fill="${colors[look.color]}"`]),
    ...(look.bold === true ? ['font-weight="700"'] : []),
    ...(look.dim === true ? ['fill-opacity="0.6"'] : []),
  ];
  return `<text x="${x.toFixed(1)}" y="${y}" textLength="${length.toFixed(1)}" lengthAdjust="spacingAndGlyphs"${style.map((each) => ` ${each}`).join('')}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
