import { basename } from 'node:path';
import { keptAside } from '../certificates/folder.ts';
import { type Action, run } from '../engine/plan.ts';

/** Keeps a file here that nobody could make again, under a name of its own, before another takes its place. */
export function keepAside(path: string, text: string): Action {
  const { kept, command } = keptAside(path, text);
  return run(command, { shown: `keep ${path} as ${basename(kept)}` });
}
