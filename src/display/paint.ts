import picocolors from 'picocolors';

/** Colours, or none. */
export type Paint = ReturnType<typeof picocolors.createColors>;

/** The colours to paint with. */
export function paints(color: boolean): Paint {
  return picocolors.createColors(color);
}

/** A line of a difference in its colour. */
export function paintDiff(line: string, paint: Paint): string {
  if (line.startsWith('+')) return paint.green(line);
  if (line.startsWith('-')) return paint.red(line);
  return paint.dim(line);
}
