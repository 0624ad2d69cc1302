/** Quotes, and whatever csh or fish take for more than it is between them. */
const special = /[\\'!]+|[^\\'!]+/g;

/**
 * A script for `sh`, as it is executed at a server: there the login shell of the user reads it first, which may be csh or
 * fish. These know neither `if … fi`, nor quotes over several lines, and read backslashes and `!` between quotes in their own
 * way; so each line is a word, in which these stand outside of quotes.
 */
export function forLoginShell(script: string): string {
  if (/^exec [^\n!\\]*$/.test(script)) return script;
  const words = script.split('\n').map(word).join(' ');
  return `exec sh -c 'eval "set --; $(printf "%s\\n" "$@")"' sh ${words}`;
}

function word(line: string): string {
  if (line === '') return "''";
  return line.replaceAll(special, (run) => (/^[\\'!]/.test(run) ? run.replaceAll(/./g, '\\$&') : `'${run}'`));
}
