import { type Command, script, sh } from './command.ts';

/** Prints the time there, in seconds since 1970, as finely as it can. */
export function timeThere(): Command {
  return { text: `date '+%s.%N'` };
}

/** The time that `timeThere` printed, in milliseconds; undefined if it is none. */
export function readTime(stdout: string): number | undefined {
  const [whole = '', part = ''] = stdout.trim().split('.');
  if (!/^\d+$/.test(whole)) return undefined;
  return Number(whole) * 1000 + (/^\d+$/.test(part) ? Math.floor(Number(`0.${part}`) * 1000) : 0);
}

/**
 * Prints what a machine is and how it stands: system, kernel, load, memory, disks, ports, limits. Disks are asked for ten seconds at
 * most: a file system whose server is gone does not answer.
 */
export function describeMachine(): Command {
  return script(
    `say() { printf '%s== %s\\n' "$gap" "$1"; gap='\n'; }; gap=`,
    'say system; cat /etc/os-release 2>/dev/null; uname -a',
    'say time; date; uptime 2>/dev/null',
    'say processors; nproc 2>/dev/null',
    `say memory; head -n 5 /proc/meminfo; grep -i '^swap' /proc/meminfo`,
    `say disks; timeout 10 df -Pk || echo 'not all of them answer'`,
    'say inodes; timeout 10 df -Pi 2>/dev/null',
    'say ports; ss -ltn 2>/dev/null || cat /proc/net/tcp /proc/net/tcp6 2>/dev/null',
    `say 'limits of this login'; ulimit -a 2>/dev/null; true`,
  );
}

/** Prints what systemd says of a service, and its unit file; nothing where there is no systemd. */
export function describeUnit(unit: string): Command {
  return script(
    'if test -d /run/systemd/system; then',
    sh`timeout 10 systemctl status --no-pager --lines 50 --full ${unit} 2>&1; printf '\\n== unit file\\n'; timeout 10 systemctl cat ${unit} 2>&1`,
    'fi; true',
  );
}
