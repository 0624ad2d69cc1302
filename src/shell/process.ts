import { type Command, script, sh } from './command.ts';

/**
 * Prints `pid start` of the Java process that has `option` on its command line, or nothing. Tried first is the pid in
 * `pidFile` (which may be padded with NUL bytes, stale, or somebody else's by now), then every process there is.
 */
export function findJavaProcess(option: string, pidFile: string): Command {
  return script(
    `isjava() { name=; { read -r name < "/proc/$1/comm"; } 2>/dev/null; test "$name" = java; }`,
    sh`fits() { isjava "$1" && tr '\\0' '\\n' 2>/dev/null < "/proc/$1/cmdline" | grep -qxF -- ${option}; }`,
    `tell() { stat=; { read -r stat < "/proc/$1/stat"; } 2>/dev/null; set -- "$1" \${stat##*) }; printf '%s %s\\n' "$1" "\${21}"; }`,
    sh`pid=; if test -r ${pidFile}; then read -r pid < ${pidFile}; pid=\${pid%%[!0-9]*}; fi`,
    'if test -n "$pid" && fits "$pid"; then tell "$pid"; else',
    'for folder in /proc/[0-9]*; do if fits "${folder#/proc/}"; then tell "${folder#/proc/}"; break; fi; done',
    'fi',
  );
}

/** Prints the TCP ports that something listens on, in hex, one a line. */
export function listeningPorts(): Command {
  return sh`awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true`;
}

/** The ports that `listeningPorts` printed. */
export function readListening(stdout: string): number[] {
  const found = stdout.split('\n').filter((line) => /^[0-9A-Fa-f]{4}$/.test(line.trim()));
  return [...new Set(found.map((line) => Number.parseInt(line, 16)))];
}
