import { type Command, script, sh } from './command.ts';

/**
 * Prints `pid start` of the Java process that has `option` on its command line, or nothing. Tried first is the pid in
 * `pidFile` (which may be padded with NUL bytes, stale, or somebody else's by now), then every process there is.
 */
export function findJavaProcess(option: string, pidFile: string): Command {
  return script(
    sh`fits() { test "$(cat "/proc/$1/comm" 2>/dev/null)" = java && tr '\\0' '\\n' 2>/dev/null < "/proc/$1/cmdline" | grep -qxF -- ${option}; }`,
    `tell() { printf '%s %s\\n' "$1" "$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)"; }`,
    sh`pid=$(tr -d '\\0' 2>/dev/null < ${pidFile} | head -n 1 | tr -cd 0-9)`,
    'if test -n "$pid" && fits "$pid"; then tell "$pid"; else',
    sh`printf '%s\\n' ${option} | grep -lsaF -f - /proc/[0-9]*/cmdline 2>/dev/null | while IFS=/ read -r _ _ pid _; do if fits "$pid"; then tell "$pid"; break; fi; done`,
    'fi',
  );
}

/** Prints the TCP ports that something listens on, in hex, one a line. */
export function listeningPorts(): Command {
  return sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }'`;
}

/** The ports that `listeningPorts` printed. */
export function readListening(stdout: string): number[] {
  const found = stdout.split('\n').filter((line) => /^[0-9A-Fa-f]{4}$/.test(line.trim()));
  return [...new Set(found.map((line) => Number.parseInt(line, 16)))];
}
