import type { Command } from '../shell/command.ts';
import { lockFiles } from './lock-script.ts';

/**
 * Reads who took a lock, and goes on only if that shell lives and has the lock open. Nothing is locked to find that out, or a
 * run that begins at this moment would be refused for us.
 */
function holderOf(name: string): string {
  const { lock, note } = lockFiles(name);
  return [
    `lock=${lock}`,
    `{ read -r by; read -r shell rest; } 2>/dev/null <${note} || exit 1`,
    'has_it() { for each in /proc/"$shell"/fd/*; do [ "$each" -ef "$lock" ] && return 0; done; return 1; }',
    'has_it || exit 1',
  ].join('\n');
}

/** Prints who holds a lock of the login; exits with 1 if nobody does. */
export function lockHolder(name: string): Command {
  return { text: `${holderOf(name)}\nprintf '%s\\n' "$by"` };
}

/**
 * Ends the shell that holds a lock of the login, and notes its holder, who is never to have it again: that run notices at its
 * next question, and goes on with nothing. Exits with 1 if nobody holds it, with 2 if it is held after 5 s still.
 */
export function releaseLock(name: string): Command {
  return {
    text: `${holderOf(name)}
released=${lockFiles(name).released}
{ tail -n 50 "$released" 2>/dev/null; printf '%s\\n' "$by"; } >"$released.new" && mv -f "$released.new" "$released" || exit 2
kill -KILL "$shell" || exit 2
tries=0
while has_it; do [ $tries -lt 50 ] || exit 2; tries=$((tries + 1)); sleep 0.1; done`,
  };
}
