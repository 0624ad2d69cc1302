import { shellWords } from './shell-words.ts';
import { refusalOfOption, type SshOption } from './ssh-options.ts';

/** What arguments for `ssh` say, and why some of it cannot be honoured. */
export interface SshArguments {
  /** For `ssh` itself. */
  readonly words: readonly string[];
  /** The same as options, in their order: of most the first counts. */
  readonly options: readonly SshOption[];
  /** What `-F` names: the only configuration that counts then. */
  readonly configuration?: string;
  /** One sentence for each option that is not honoured. */
  readonly refusals: readonly string[];
}

/** Reads arguments as ssh does. Values are not repeated in refusals: they may be secrets. */
export function readSshArguments(text: string): SshArguments {
  const words = shellWords(text);
  if (words === undefined)
    return { words: [], options: [], refusals: ['a quotation mark in it is not closed'] };
  const { options, refusals, configuration } = splitOptions(words);
  for (const option of options) {
    const refusal = refusalOfOption(option);
    if (refusal !== undefined) refusals.push(refusal);
  }
  return { words, options, refusals, ...(configuration === undefined ? {} : { configuration }) };
}

/** Letters of `ssh` that are followed by a value, and the keywords of those that have one. */
const lettersWithValue = 'BbcDEeFIiJLlmOopPQRSWw';
const keywords: Readonly<Record<string, string>> = {
  b: 'BindAddress',
  c: 'Ciphers',
  i: 'IdentityFile',
  J: 'ProxyJump',
  l: 'User',
  m: 'MACs',
  p: 'Port',
};
/** Letters that say an option by themselves. */
const whole: Readonly<Record<string, readonly [keyword: string, value: string]>> = {
  4: ['AddressFamily', 'inet'],
  6: ['AddressFamily', 'inet6'],
};
/** Letters that change nothing in how a server is entered: compression, what is forwarded, and how much `ssh` says. */
const harmlessLetters = 'AaCKkqTtvXxY';

function splitOptions(words: readonly string[]): {
  options: SshOption[];
  refusals: string[];
  configuration: string | undefined;
} {
  const options: SshOption[] = [];
  const refusals: string[] = [];
  let configuration: string | undefined;
  const rest = [...words];
  const add = (keyword: string, value: string) => options.push({ keyword, text: value, values: [value] });
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^-[^-]/.test(word)) {
      refusals.push('a word in it is no option of ssh; take it out');
      continue;
    }
    for (let at = 1; at < word.length; at += 1) {
      const letter = word.charAt(at);
      const said = whole[letter];
      if (said !== undefined) add(...said);
      else if (!lettersWithValue.includes(letter)) {
        if (!harmlessLetters.includes(letter)) refusals.push(`-${letter} is not supported; take it out`);
      }
      if (!lettersWithValue.includes(letter)) continue;
      const value = word.slice(at + 1) || rest.shift();
      if (value === undefined) refusals.push(`-${letter} is not followed by its value`);
      else if (letter === 'o') options.push(...splitOption(value, refusals));
      else if (letter === 'F') configuration = value;
      else if (keywords[letter] !== undefined) add(keywords[letter], value);
      else refusals.push(`-${letter} is not supported; take it out`);
      break;
    }
  }
  return { options, refusals, configuration };
}

/** `Keyword=value`, `Keyword value`, `Keyword = "a value" another`. A command is what follows as it is. */
function splitOption(text: string, refusals: string[]): SshOption[] {
  const [, keyword = '', rest = ''] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)$/s.exec(text) ?? [];
  if (/^(proxy|remote|local|knownhosts)command$/i.test(keyword) && rest.trim() !== '')
    return [{ keyword, text: rest, values: [rest] }];
  const values = shellWords(rest);
  if (keyword !== '' && values !== undefined && values.length > 0)
    return [{ keyword, text: values.join(' '), values }];
  refusals.push(
    keyword === '' ? '-o is not followed by Keyword=value' : `-o ${keyword} is not followed by its value`,
  );
  return [];
}
