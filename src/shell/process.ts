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

/**
 * Prints the TCP ports that something listens on: as a table of `ss`, which asks the kernel for these alone, or where
 * there is none in hex, one a line.
 */
export function listeningPorts(): Command {
  return sh`found=$(ss -ltn 2>/dev/null); case $found in *LISTEN*) printf '%s\n' "$found" ;; *) awk '$4 == "0A" { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true ;; esac`;
}

/** The ports that `listeningPorts` printed. */
export function readListening(stdout: string): number[] {
  const ports = stdout.split('\n').flatMap((line) => {
    if (/^[0-9A-Fa-f]{4}$/.test(line.trim())) return [Number.parseInt(line.trim(), 16)];
    const [state, , , local = ''] = line.trim().split(/\s+/);
    const port = /:(\d+)$/.exec(local)?.[1];
    return state === 'LISTEN' && port !== undefined ? [Number(port)] : [];
  });
  return [...new Set(ports)];
}

/**
 * Exits with 0 if a process of the user who asks has a connection to one of these ports at another. `find` prints the pid
 * first, or nothing.
 */
export function isConnected(find: Command, ports: readonly number[]): Command {
  const wanted = ports.map((port) => port.toString(16).padStart(4, '0').toUpperCase()).join(' ');
  const program = [
    'BEGIN { split(sockets, s); for (i in s) own[s[i]] = 1; split(wanted, p); for (i in p) port[p[i]] = 1 }',
    '$4 == "01" && $10 in own { sub(/.*:/, "", $3); if ($3 in port) found = 1 }',
    'END { exit !found }',
  ].join('\n');
  return script(
    sh`found=$(sh -c ${find}); pid=\${found%% *}`,
    'test -n "$pid" || { echo "its process is not there" >&2; exit 1; }',
    `sockets=$(ls -l "/proc/$pid/fd" 2>/dev/null | sed -n 's/.*socket:\\[\\([0-9]*\\)\\]$/\\1/p' | tr '\\n' ' ')`,
    sh`awk -v sockets="$sockets" -v wanted=${wanted} ${program} "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" 2>/dev/null && exit 0`,
    'echo "no connection" >&2; exit 1',
  );
}
