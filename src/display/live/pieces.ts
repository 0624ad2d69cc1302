import { type Paint, paints } from '../paint.ts';
import { cut, widthOf } from './cells.ts';

/** A part of a line, and how it looks where there are colours. */
export interface Piece {
  readonly text: string;
  readonly look?: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
}

/** A line of the view, before it is painted. */
export type Line = readonly Piece[];

/** How many cells a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** A line, or as much of it as fits. */
export function cutLine(line: Line, width: number): Line {
  let room = width;
  return line.flatMap(({ text, ...look }) => {
    if (room <= 0) return [];
    const shown = cut(text, room);
    room -= widthOf(shown);
    return [{ text: shown, ...look }];
  });
}

/** What must be in sight, with as much of what stands before it as fits. */
export function withTail(lead: string, tail: string, width: number): Line {
  const end = tail === '' ? '' : `, ${tail}`;
  const room = width - widthOf(end);
  if (room >= Math.min(12, widthOf(lead))) return [{ text: cut(lead, room) }, { text: end, look: 'dim' }];
  return [{ text: cut(lead, width) }];
}

/** As a terminal takes it. */
export function painted(line: Line, paint: Paint): string {
  return line.map(({ text, look }) => (look === undefined ? text : paint[look](text))).join('');
}

/** Without colours. */
export function plain(line: Line): string {
  return painted(line, paints(false));
}
