import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const program = '/usr/bin/chromium';

/** A real browser that nobody sees: Debian's Chromium. Fails where it is not installed: nothing else would tell. */
export async function openChromium(): Promise<Browser> {
  if (!existsSync(program))
    throw new Error(`there is no ${program}: scripts/ensure.sh --tests installs it, as npm test does`);
  // As root there is no sandbox; what it opens are pages of our own.
  return chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
}
