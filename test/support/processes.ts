import { readdirSync, readFileSync } from 'node:fs';

/** Looks again and again at the arguments and the environment of every process: the hosts' are among ours. */
export function watchProcesses(secrets: readonly string[]): { stop(): Promise<string[]> } {
  const found = new Set<string>();
  let looks = 0;
  const look = () => {
    looks += 1;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const kind of ['cmdline', 'environ']) {
        const text = readQuietly(`/proc/${pid}/${kind}`);
        if (secrets.some((secret) => text.includes(secret)))
          found.add(`${kind} of ${readQuietly(`/proc/${pid}/comm`).trim()}`);
      }
    }
  };
  const timer = setInterval(look, 25);
  return {
    async stop() {
      clearInterval(timer);
      if (looks < 20) throw new Error(`only ${looks} looks were taken: too few to prove anything`);
      return [...found];
    },
  };
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
