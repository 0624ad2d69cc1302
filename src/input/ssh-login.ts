import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { SshLogin, SshQuestion } from './inventory.ts';
import { sshAlgorithms } from './ssh-algorithms.ts';
import { refusalOfOption, type SshOption, usableMethods } from './ssh-options.ts';

/** What holds for a server, as options of `ssh`: of most the first counts. */
export interface SshSettings {
  readonly options: readonly SshOption[];
  /** Whether `ssh` has answered this: then it has filled in most of what is to be filled in. */
  readonly answered: boolean;
}

/** What is known of a login that is no matter of `ssh`. */
export type OwnPart = Pick<SshLogin, 'keyFile' | 'password' | 'become' | 'becomePassword'>;

/** That part of a login. */
export function ownPartOf({ keyFile, password, become, becomePassword }: SshLogin): OwnPart {
  return {
    become,
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(password === undefined ? {} : { password }),
    ...(becomePassword === undefined ? {} : { becomePassword }),
  };
}

/** The keys that are tried where none is named, in this folder. */
const usualKeys = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** How to get into a server, and why some of what is said cannot be honoured. */
export function sshLogin(
  question: SshQuestion,
  settings: SshSettings,
  own: OwnPart,
): { login: SshLogin; refusals: string[] } {
  const { answered, options } = settings;
  const refusals: string[] = [];
  const all = (name: string) => options.filter(({ keyword }) => keyword.toLowerCase() === name);
  const first = (name: string) => all(name)[0];
  const said = (name: string) => {
    const value = first(name)?.values[0];
    return value === undefined || value === '' || value.toLowerCase() === 'none' ? undefined : value;
  };
  const isNo = (name: string) => ['no', 'false'].includes(said(name)?.toLowerCase() ?? '');
  const isYes = (name: string) => ['yes', 'true'].includes(said(name)?.toLowerCase() ?? '');
  const fill = (option: string, text: string, tokens: Readonly<Record<string, string>>) => {
    const filled = filledIn(text, tokens);
    if (filled === undefined)
      refusals.push(`${option}: something in it that begins with % or $ is not filled in`);
    return filled ?? text;
  };

  const me = userInfo();
  const named = said('hostname') ?? question.host;
  const address = answered ? named : fill('HostName', named, { h: question.host });
  const port = Number(said('port') ?? 22);
  const user = said('user') ?? me.username;
  const alias = said('hostkeyalias');
  const tokens = {
    ...{ h: address, n: question.host, p: String(port), r: user, u: me.username, d: me.homedir },
    ...{ i: String(me.uid), l: hostname(), L: hostname().split('.')[0] ?? '', k: alias ?? question.host },
    ...{ H: address, j: said('proxyjump') ?? '' },
  };
  const files = (option: SshOption | undefined, usual: readonly string[]) => {
    const found = option?.values.filter((file) => file !== 'none' && file !== '/dev/null');
    return (found ?? usual).map((file) =>
      atHome(answered ? file : fill(option?.keyword ?? '', file, tokens), question.directory),
    );
  };
  // What ssh answers joins these by spaces, which stand in some of them as well: what the inventory says is at hand.
  const listed = (name: string) => {
    const written = question.options.find(({ keyword }) => keyword.toLowerCase() === name);
    return written !== undefined && /\s/.test(written.values.join('')) && !/[%$]/.test(written.text)
      ? written
      : first(name);
  };
  const [userFiles, globalFiles] = [listed('userknownhostsfile'), listed('globalknownhostsfile')];
  const ownKnownHosts = files(userFiles, ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']);
  const keys = all('identityfile')
    .filter(({ values }) => values[0] !== 'none')
    .map(({ keyword, text }) => atHome(fill(keyword, text, tokens), question.directory));
  const usual = usualKeys.map((name) => resolve(me.homedir, '.ssh', name));
  const noKeys = all('identityfile').some(({ values }) => values[0] === 'none');
  const keyFile = own.keyFile === undefined ? undefined : fill('the private key', own.keyFile, tokens);
  const keyFiles = (keys.length === 0 && !noKeys && keyFile === undefined ? usual : keys).filter(
    (file) => file !== keyFile,
  );
  const seconds = said('connecttimeout');
  const agent = agentOf(first('identityagent')?.values[0], (text) =>
    atHome(answered ? text : fill('IdentityAgent', text, tokens), question.directory),
  );
  const methods = methodsOf(said('preferredauthentications'), {
    publickey: isNo('pubkeyauthentication'),
    password: isNo('passwordauthentication'),
    'keyboard-interactive': isNo('kbdinteractiveauthentication') || isNo('challengeresponseauthentication'),
  });
  const nothing = methodsOf(said('preferredauthentications'), {})?.length === 0;
  if (methods?.length === 0 && !nothing)
    refusals.push('PubkeyAuthentication=no and its like leave nothing to prove by who we are; take one out');
  const prompts = isYes('batchmode') ? 0 : Number(said('numberofpasswordprompts') ?? 3);
  const family = { inet: 4, inet6: 6 }[said('addressfamily')?.toLowerCase() ?? ''] as 4 | 6 | undefined;
  const rsaBits = said('requiredrsasize');
  const from = said('bindaddress');
  const [acceptNewFile] = ownKnownHosts;
  const acceptNew =
    said('stricthostkeychecking')?.toLowerCase() === 'accept-new' && acceptNewFile !== undefined
      ? { file: acceptNewFile, hashed: isYes('hashknownhosts') }
      : undefined;
  const way = wayOf(question, options, refusals, (command) =>
    fill('ProxyCommand', command, { h: address, n: question.host, p: String(port), r: user, k: tokens.k }),
  );
  const algorithms = answered ? sshAlgorithms(options) : { refusals: [] };
  refusals.push(...algorithms.refusals);
  for (const option of answered ? options : []) {
    const refusal = refusalOfOption(option);
    if (refusal !== undefined) refusals.push(refusal);
  }
  return {
    refusals: [...new Set(refusals)],
    login: {
      kind: 'ssh',
      ...{ address, port, user },
      ...own,
      ...(keyFile === undefined ? {} : { keyFile }),
      keyFiles,
      knownHosts: [
        ...ownKnownHosts,
        ...files(globalFiles, ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
      ],
      ...(isYes('identitiesonly') ? { identitiesOnly: true } : {}),
      ...(agent === undefined ? {} : { agent }),
      ...(methods === undefined ? {} : { methods }),
      ...(prompts === 3 ? {} : { prompts }),
      ...(alias === undefined ? {} : { hostKeyAlias: alias }),
      ...(acceptNew === undefined ? {} : { acceptNew }),
      ...(rsaBits === undefined ? {} : { rsaBits: Number(rsaBits) }),
      ...(seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1000 }),
      ...(way === undefined ? {} : { way }),
      ...(family === undefined ? {} : { family }),
      ...(from === undefined ? {} : { from }),
      ...(algorithms.found === undefined ? {} : { algorithms: algorithms.found }),
      asked: question,
    },
  };
}

/** Fills in `%h` and `${NAME}`; undefined if there is one that is not known. */
function filledIn(text: string, tokens: Readonly<Record<string, string>>): string | undefined {
  let known = true;
  const found = (value: string | undefined) => {
    known &&= value !== undefined;
    return value ?? '';
  };
  const filled = text.replace(/%(.?)|\$\{([^}]*)\}/g, (_all, token: string | undefined, name: string) => {
    if (token === undefined) return found(process.env[name]);
    return token === '%' ? '%' : found(tokens[token]);
  });
  return known ? filled : undefined;
}

function atHome(path: string, directory: string): string {
  return path.startsWith('~/') ? resolve(userInfo().homedir, path.slice(2)) : resolve(directory, path);
}

function agentOf(said: string | undefined, path: (text: string) => string): string | undefined {
  if (said === undefined || said === 'SSH_AUTH_SOCK') return undefined;
  if (said === 'none') return 'none';
  return said.startsWith('$') ? (process.env[said.slice(1)] ?? 'none') : path(said);
}

/** Those of the wanted ways that may be gone; undefined if all may, in our order. */
function methodsOf(
  preferred: string | undefined,
  not: Readonly<Record<string, boolean>>,
): readonly string[] | undefined {
  if (preferred === undefined && !Object.values(not).includes(true)) return undefined;
  return (preferred?.split(',') ?? usableMethods).filter(
    (method) => usableMethods.includes(method) && not[method] !== true,
  );
}

/** Through what a server is reached. A jump is entered with what `ssh` would be started with for it. */
function wayOf(
  question: SshQuestion,
  options: readonly SshOption[],
  refusals: string[],
  filled: (command: string) => string,
): SshLogin['way'] {
  const option = options.find(({ keyword }) => /^proxy(jump|command)$/i.test(keyword));
  if (option === undefined || option.text.toLowerCase() === 'none') return undefined;
  if (/^proxycommand$/i.test(option.keyword)) return { command: filled(option.text) };
  const hops = option.text.split(',').map((text) => text.trim());
  const last = hops.pop() ?? '';
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^\s:@[\]]+))(?::(\d+))?\/?$/.exec(last) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || host.startsWith('-')) {
    refusals.push(`${option.keyword}: a jump host is [user@]host[:port], and several are parted by commas`);
    return undefined;
  }
  const { configuration, directory } = question;
  const asked: SshOption[] = [
    ...(user === undefined ? [] : [optionOf('User', user)]),
    ...(port === undefined ? [] : [optionOf('Port', port)]),
    ...(hops.length === 0 ? [] : [optionOf('ProxyJump', hops.join(','))]),
  ];
  const words = [
    ...(configuration === undefined ? [] : ['-F', configuration]),
    ...asked.flatMap(({ keyword, text }) => ['-o', `${keyword}=${text}`]),
  ];
  const { login, refusals: more } = sshLogin(
    { host, words, options: asked, directory, ...(configuration === undefined ? {} : { configuration }) },
    { options: asked, answered: false },
    { become: false },
  );
  refusals.push(...more);
  return { jump: login };
}

/** An option with one value. */
export function optionOf(keyword: string, value: string): SshOption {
  return { keyword, text: value, values: [value] };
}
