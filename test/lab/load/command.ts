import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Lab } from '../lab.ts';
import { startLabLoad } from './load.ts';
import { failed, renderLoad } from './report.ts';

/** `npm run lab -- load [--seconds N] [--rate N] [--json]`: until Ctrl-C; exits with 1 if anything failed. */
export async function loadCommand(lab: Lab, inventory: string, words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { seconds: { type: 'string' }, rate: { type: 'string' }, json: { type: 'boolean' } },
  });
  const maxSeconds = numberOf('--seconds', values.seconds, 3600);
  const rate = numberOf('--rate', values.rate, 300);
  if (!existsSync(inventory)) throw new Error('no lab is up here; npm run lab -- up ten makes one');
  const load = await startLabLoad(lab, inventory, {
    maxSeconds: maxSeconds ?? 3600,
    ...(rate === undefined ? {} : { rate }),
  });
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  process.stderr.write(
    maxSeconds === undefined ? 'until Ctrl-C\n' : `for ${maxSeconds} s, or until Ctrl-C\n`,
  );
  await Promise.race([told, load.over]);
  const report = await load.stop();
  process.stdout.write(
    values.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${renderLoad(report)}\n`,
  );
  return failed(report.total) + (report.handshakes?.failed ?? 0) > 0 ? 1 : 0;
}

function numberOf(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new Error(`${flag} takes a whole number from 1 to ${most}, not ${text}`);
  return number;
}
