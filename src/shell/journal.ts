import { type Command, sh } from './command.ts';

const largest = '1024k';

/**
 * Adds a line to the journal in the home of the login, which only that user reads. With `tidy` a journal that has grown
 * past 1 MiB becomes the one before, of which there is one.
 */
export function appendToJournal(line: string, { tidy }: { readonly tidy: boolean }): Command {
  const rotate = tidy
    ? sh`if test -n "$(find "$d"/journal -size +${largest} 2>/dev/null)"; then mv -f "$d"/journal "$d"/journal.1; fi; `
        .text
    : '';
  return {
    text: `d="$HOME"/.apim-orchestrate; umask 077; test -d "$d" || mkdir -p "$d"; ${rotate} ${sh`printf '%s\\n' ${line} >> "$d"/journal`.text}`,
  };
}

/** Prints the journal, and before it the one before. */
export function readJournal(): Command {
  return sh`cat "$HOME"/.apim-orchestrate/journal.1 "$HOME"/.apim-orchestrate/journal 2>/dev/null || true`;
}
