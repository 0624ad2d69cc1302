import { readdirSync } from 'node:fs';

/** What has a program of this machine, and all that it starts, go by a clock that is so many seconds ahead. */
export function ahead(seconds: number): Record<string, string> {
  const folder = readdirSync('/usr/lib').find((name) => name.endsWith('-linux-gnu'));
  return {
    LD_PRELOAD: `/usr/lib/${folder}/faketime/libfaketime.so.1`,
    FAKETIME: `+${seconds}`,
  };
}
