import { setImmediate } from 'node:timers/promises';

/** What Node warns of while something is done, as it would be printed on a screen. */
export async function warningsOf(work: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const hear = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`);
  process.on('warning', hear);
  try {
    await work();
    // Node tells of it in the next tick.
    await setImmediate();
  } finally {
    process.off('warning', hear);
  }
  return warnings;
}
