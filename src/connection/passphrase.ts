import type { ParsedKey } from 'ssh2';
import { Secret } from '../secret.ts';
import type { Asking } from './asking.ts';
import { openKey } from './key-file.ts';

const opened = new Map<string, Promise<ParsedKey | undefined>>();

/** A key that was opened before, or is being opened. */
export function openedKey(file: string): Promise<ParsedKey | undefined> | undefined {
  return opened.get(file);
}

/** Opens an encrypted key: its passphrase is asked for once, however many servers it opens. Undefined if it was always wrong. */
export function openWithPassphrase(
  file: string,
  bytes: Buffer,
  ask: Asking,
  tries = 3,
): Promise<ParsedKey | undefined> {
  const opening = opened.get(file) ?? tryToOpen(file, bytes, ask, tries);
  opened.set(file, opening);
  opening.catch(() => undefined);
  return opening;
}

async function tryToOpen(
  file: string,
  bytes: Buffer,
  ask: Asking,
  tries: number,
): Promise<ParsedKey | undefined> {
  for (let left = tries; left > 0; left -= 1) {
    const typed = await ask(
      `${left < tries ? 'That does not open it. ' : ''}Passphrase of the key ${file}: `,
      {
        hidden: true,
      },
    );
    if (typed === '') return undefined;
    const key = openKey(bytes, new Secret(typed).reveal());
    if (key !== undefined) return key;
  }
  return undefined;
}
