import { quote } from './quote.ts';

/** A command for POSIX `sh`. `user` is who runs it; without it, whoever we logged in as. */
export interface Command {
  readonly text: string;
  readonly user?: string;
}

/** What may stand in a command: words, lists of words (one word each), or a command as one word (for `sh -c`). */
export type Word = string | number | Command | readonly (string | number)[];

/**
 * Makes a command. Every `${…}` becomes one quoted word; a list becomes one word an element. A `Secret` has no
 * place here, because arguments show in `ps`: send it by stdin.
 */
export function sh(parts: TemplateStringsArray, ...words: readonly Word[]): Command {
  let text = parts[0] ?? '';
  words.forEach((word, index) => {
    text += wordOf(word) + (parts[index + 1] ?? '');
  });
  return { text: text.trim() };
}

function wordOf(word: Word): string {
  if (typeof word === 'string') return quote(word);
  if (typeof word === 'number') return String(word);
  if (isList(word)) return word.map((each) => quote(String(each))).join(' ');
  return quote(word.text);
}

function isList(word: Word): word is readonly (string | number)[] {
  return Array.isArray(word);
}

/** One after another, stopping at the first that fails. */
export function and(...commands: readonly Command[]): Command {
  return join(' && ', commands);
}

/** The next only if the one before failed. */
export function or(...commands: readonly Command[]): Command {
  return join(' || ', commands);
}

/** One after another, whatever each returns; the last code counts. (Not named `then`: a module with that export never finishes loading.) */
export function sequence(...commands: readonly Command[]): Command {
  return join('; ', commands);
}

/** Output of each is the input of the next. */
export function pipe(...commands: readonly Command[]): Command {
  return join(' | ', commands);
}

/** The same command, run by `user`: over sudo, unless that is whom we logged in as. */
export function as(user: string, command: Command): Command {
  return { ...command, user };
}

/** A command's own text put into a longer one, grouped, as `if` and loops need it. */
export function group(command: Command): string {
  return `{ ${command.text}\n}`;
}

/** A script of several lines, made by `sh` from a template with parts that are already commands. */
export function script(...lines: readonly (string | Command)[]): Command {
  return { text: lines.map((line) => (typeof line === 'string' ? line : line.text)).join('\n') };
}

function join(operator: string, commands: readonly Command[]): Command {
  const [first, ...rest] = commands;
  if (first === undefined) throw new TypeError('no command to join');
  if (rest.length === 0) return first;
  const user = first.user;
  const text = commands.map(group).join(operator);
  return user === undefined ? { text } : { text, user };
}
