import { quote } from '../shell/quote.ts';

/** What the script of the lock exits with when somebody else holds it; then it prints who. */
export const lockedCode = 75;

/** Without a packet from the machine of a run for so long, that run is gone: those that live send one every 10 s. */
const goneMs = 45_000;
/** From so long on it may be, and is worth a little time. */
const doubtfulMs = 15_000;

/** As words of a shell: the lock of a login, the note of who holds it, and of those whom people took it from. */
export function lockFiles(name: string): { lock: string; note: string; released: string } {
  const path = `"$HOME"/.apim-orchestrate/${name}`;
  return { lock: `${path}.lock`, note: `${path}.holder`, released: `${path}.released` };
}

/**
 * Takes a lock. In the main shell, not in a subshell: the lock is held by descriptor 9 for as long as this shell lives, and
 * goes with it, however it ends. Questions run with 9 closed, so nothing they start can inherit it.
 *
 * sshd learns only hours later of a run that was cut off from the server. So whoever takes the lock notes its shell and the
 * ends of its connection, and whoever finds it taken asks the kernel (`ss`) how long nothing came from there. The lock of a
 * run that is gone is taken from it, by ending its shell; one in doubt is waited for. A run from which people took it
 * (`lock-state.ts`) does not get it again, however late it notices.
 */
export function lockScript(name: string, holder: string): string {
  const { lock, note, released } = lockFiles(name);
  return [
    `if [ -e ${released} ] && grep -qxF -e ${quote(holder)} ${released}; then echo 'nobody, since somebody released it'; (exit ${lockedCode}); else`,
    `mkdir -p "$HOME"/.apim-orchestrate && { exec 9>>${lock}; } && {`,
    `flock -n 9; c=$?; [ $c != 1 ] || { ${outlive(note)}; c=$?; };`,
    `if [ $c = 0 ]; then printf '%s\\n' ${quote(holder)} "$$ $SSH_CONNECTION" >${note};`,
    `elif [ $c = 1 ]; then head -n 1 ${note}; (exit ${lockedCode}); else (exit $c); fi; }; fi`,
  ].join(' ');
}

/** Exits with 0 once the lock is ours; with 1 if its holder is not known to be gone. A subshell has the same descriptor. */
function outlive(note: string): string {
  const silence =
    'BEGIN { least = -1 } { for (i = 1; i <= NF; i++) if ($i ~ /^last(rcv|ack):/) { n++; ms = substr($i, 9) + 0; if (least < 0 || ms < least) least = ms } } END { print n == 2 ? least : 0 }';
  return [
    `( { read -r by; read -r shell peer port ends; } 2>/dev/null <${note}; [ -n "$port" ] || exit 1`,
    'case $peer in *:*) peer="[$peer]" ;; esac',
    'while :; do',
    `silent=$(ss -Htin dst "$peer:$port" 2>/dev/null | awk ${quote(silence)})`,
    `[ "\${silent:-0}" -gt ${doubtfulMs} ] || exit 1`,
    `[ "$silent" -le ${goneMs} ] || kill -KILL "$shell" 2>/dev/null`,
    'sleep 1',
    'flock -n 9 && exit 0',
    'done ) </dev/null',
  ].join('\n');
}
