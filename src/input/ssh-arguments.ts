import { shellWords } from './shell-words.ts';

/** What arguments for `ssh` say that is honoured, and why the others cannot be. */
export interface SshArguments {
  /** As written: `~` and relative paths are still in them. */
  readonly knownHosts?: readonly string[];
  readonly globalKnownHosts?: readonly string[];
  readonly timeoutSeconds?: number;
  /** One sentence for each option that is not honoured. */
  readonly refusals: readonly string[];
}

/** What else is known of the login: some options are as good as said by it. */
export interface LoginFacts {
  readonly hasKey: boolean;
  readonly hasPassword: boolean;
}

/** Reads arguments as ssh does: the first value of an option counts. Values are not repeated in refusals: they may be secrets. */
export function readSshArguments(text: string, facts: LoginFacts): SshArguments {
  const words = shellWords(text);
  if (words === undefined) return { refusals: ['a quotation mark in it is not closed'] };
  const { options, refusals } = splitOptions(words);
  const found = new Map<string, readonly string[]>();
  for (const { keyword, values } of options) {
    const refusal = refusalOf(keyword, values, facts);
    if (refusal !== undefined) refusals.push(refusal);
    else if (!found.has(keyword.toLowerCase())) found.set(keyword.toLowerCase(), values);
  }
  const files = (name: string) => found.get(name)?.filter((file) => file !== 'none' && file !== '/dev/null');
  const [knownHosts, globalKnownHosts] = [files('userknownhostsfile'), files('globalknownhostsfile')];
  const seconds = found.get('connecttimeout')?.[0];
  return {
    refusals,
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(globalKnownHosts === undefined ? {} : { globalKnownHosts }),
    ...(seconds === undefined ? {} : { timeoutSeconds: Number(seconds) }),
  };
}

interface Option {
  readonly keyword: string;
  readonly values: readonly string[];
}

/** Letters of `ssh` that are followed by a value, and the keywords of those that have one. */
const lettersWithValue = 'BbcDEeFIiJLlmOopPQRSWw';
const keywords: Readonly<Record<string, string>> = {
  i: 'IdentityFile',
  J: 'ProxyJump',
  l: 'User',
  p: 'Port',
};
/** Letters that change nothing in how a server is entered: compression, and how much `ssh` says. */
const harmlessLetters = 'CaqTtvx';

function splitOptions(words: readonly string[]): { options: Option[]; refusals: string[] } {
  const options: Option[] = [];
  const refusals: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^-[^-]/.test(word)) {
      refusals.push('a word in it is no option of ssh; take it out');
      continue;
    }
    for (let at = 1; at < word.length; at += 1) {
      const letter = word.charAt(at);
      if (!lettersWithValue.includes(letter)) {
        if (!harmlessLetters.includes(letter)) refusals.push(`-${letter} is not supported; take it out`);
        continue;
      }
      const value = word.slice(at + 1) || rest.shift();
      if (value === undefined) refusals.push(`-${letter} is not followed by its value`);
      else if (letter === 'o') options.push(...splitOption(value, refusals));
      else if (keywords[letter] !== undefined) options.push({ keyword: keywords[letter], values: [value] });
      else refusals.push(letter === 'F' ? configurationFile : `-${letter} is not supported; take it out`);
      break;
    }
  }
  return { options, refusals };
}

const configurationFile =
  '-F is not supported: no configuration file of ssh is read; say in the inventory what it says';

/** `Keyword=value`, `Keyword value`, `Keyword = "a value" another`. */
function splitOption(text: string, refusals: string[]): Option[] {
  const [, keyword = '', rest = ''] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)$/s.exec(text) ?? [];
  const values = shellWords(rest);
  if (keyword !== '' && values !== undefined && values.length > 0) return [{ keyword, values }];
  refusals.push(
    keyword === '' ? '-o is not followed by Keyword=value' : `-o ${keyword} is not followed by its value`,
  );
  return [];
}

const jumping =
  'every server is entered directly, without jump hosts; run this tool where it reaches them, such as on the jump host';

/** What to use instead of an option that has a variable of its own. */
const instead: Readonly<Record<string, string>> = {
  hostname: 'use ansible_host',
  identityfile: 'use ansible_ssh_private_key_file',
  port: 'use ansible_port',
  proxycommand: jumping,
  proxyjump: jumping,
  user: 'use ansible_user',
};

/** Options that are about the program `ssh` alone: sharing connections, what it says, what it notes. */
const harmless = [
  ...['compression', 'controlmaster', 'controlpath', 'controlpersist', 'hashknownhosts', 'loglevel'],
  ...['serveralivecountmax', 'serveraliveinterval', 'tcpkeepalive', 'visualhostkey'],
];

/** Options that may stand there if they say what is done anyway. */
const asDoneAnyway: Readonly<Record<string, (value: string, facts: LoginFacts) => boolean>> = {
  addressfamily: (value) => value === 'any',
  batchmode: (value) => value === 'yes',
  forwardagent: (value) => value === 'no',
  forwardx11: (value) => value === 'no',
  gssapiauthentication: (value) => value === 'no',
  hostbasedauthentication: (value) => value === 'no',
  identitiesonly: (value, { hasKey }) => (value === 'yes') === hasKey,
  kbdinteractiveauthentication: (value, { hasPassword }) => (value === 'yes') === hasPassword,
  passwordauthentication: (value, { hasPassword }) => (value === 'yes') === hasPassword,
  preferredauthentications: (value, { hasPassword }) =>
    value.split(',').includes('publickey') && value.split(',').includes('password') === hasPassword,
  pubkeyauthentication: (value) => value === 'yes',
};

function refusalOf(keyword: string, values: readonly string[], facts: LoginFacts): string | undefined {
  const name = keyword.toLowerCase();
  const [value = ''] = values;
  const said = value.toLowerCase();
  if (instead[name] !== undefined) return `${keyword} is not supported here: ${instead[name]}`;
  if (name === 'stricthostkeychecking') {
    if (['yes', 'true', 'ask'].includes(said)) return undefined;
    return `${keyword}=${said} is refused: a server whose key is not known could be anybody; take it out, and name the file with the keys by -o UserKnownHostsFile=FILE`;
  }
  if (name === 'userknownhostsfile' || name === 'globalknownhostsfile') {
    if (values.some((file) => /%|\$\{/.test(file)))
      return `${keyword}: %h, \${NAME} and the like are not filled in; write the path as it is`;
    if (name === 'userknownhostsfile' && values.every((file) => file === '/dev/null' || file === 'none'))
      return `${keyword}=${value} is refused: then no server is known; name the file with their keys`;
    return undefined;
  }
  if (name === 'connecttimeout')
    return /^[1-9]\d{0,3}$/.test(value) ? undefined : `${keyword} must be a number of seconds`;
  if (harmless.includes(name)) return undefined;
  const accepts = asDoneAnyway[name];
  if (accepts === undefined) return `${keyword} is not supported; take it out`;
  return accepts(said, facts)
    ? undefined
    : `${keyword}=${said} is not what is done here; take it out${name === 'identitiesonly' && said === 'yes' ? ', or name the key by ansible_ssh_private_key_file' : ''}`;
}
