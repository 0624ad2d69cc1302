import { closeSync, openSync, readSync } from 'node:fs';

/** Whether a file begins as what the system can run: with `#!`, or as an ELF. Undefined if it cannot be read. */
export function beginsAsProgram(file: string): boolean | undefined {
  const start = Buffer.alloc(4);
  try {
    const descriptor = openSync(file, 'r');
    try {
      // From a place, which a pipe has not: nothing is taken from one.
      readSync(descriptor, start, 0, 4, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
  return start.toString('latin1').startsWith('#!') || start.equals(Buffer.from('\x7fELF', 'latin1'));
}
