/** One option of `ssh`, from arguments or from what `ssh -G` answers. */
export interface SshOption {
  /** As it was written. */
  readonly keyword: string;
  /** All that follows the keyword. */
  readonly text: string;
  /** The same, word by word. */
  readonly values: readonly string[];
}

/** Options that decide how a server is entered, and are honoured (`ssh-login.ts`). */
const honoured = [
  ...[
    'addressfamily',
    'batchmode',
    'bindaddress',
    'connecttimeout',
    'globalknownhostsfile',
    'hashknownhosts',
  ],
  ...['hostkeyalias', 'hostname', 'identitiesonly', 'identityagent', 'identityfile'],
  ...['kbdinteractiveauthentication', 'challengeresponseauthentication', 'numberofpasswordprompts'],
  ...['passwordauthentication', 'port', 'preferredauthentications', 'proxycommand', 'proxyjump'],
  ...['pubkeyauthentication', 'requiredrsasize', 'stricthostkeychecking', 'user', 'userknownhostsfile'],
];

/** Lists of algorithms: honoured as far as they are known here. `ssh -G` alone can say what `+…`, `-…` and `^…` come to. */
const algorithms = [
  ...['ciphers', 'hostkeyalgorithms', 'kexalgorithms', 'macs', 'pubkeyacceptedalgorithms'],
  'pubkeyacceptedkeytypes',
];

/** Names that `ssh` itself makes of others: honoured by asking it. */
const honouredBySsh = [
  ...['canonicaldomains', 'canonicalizefallbacklocal', 'canonicalizehostname', 'canonicalizemaxdots'],
  ...['canonicalizepermittedcnames', 'tag', 'ignoreunknown'],
];

/**
 * Options that open no door and close none: what `ssh` says and notes, what it forwards besides, how it shares connections,
 * what it would accept in addition to what is accepted here.
 */
const harmlessOptions: readonly string[] = [
  ...['addkeystoagent', 'casignaturealgorithms', 'channeltimeout', 'checkhostip', 'clearallforwardings'],
  ...['compression', 'connectionattempts', 'controlmaster', 'controlpath', 'controlpersist'],
  ...['dynamicforward', 'enableescapecommandline', 'enablesshkeysign', 'escapechar', 'exitonforwardfailure'],
  ...['fingerprinthash', 'forkafterauthentication', 'forwardagent', 'forwardx11', 'forwardx11timeout'],
  ...['forwardx11trusted', 'gatewayports', 'gssapiauthentication', 'gssapiclientidentity'],
  ...['gssapidelegatecredentials', 'gssapikexalgorithms', 'gssapikeyexchange', 'gssapirenewalforcesrekey'],
  ...['gssapiserveridentity', 'gssapitrustdns', 'hostbasedacceptedalgorithms', 'hostbasedauthentication'],
  ...['hostbasedkeytypes', 'ipqos', 'kbdinteractivedevices', 'localforward', 'loglevel', 'logverbose'],
  ...['nohostauthenticationforlocalhost', 'obscurekeystroketiming', 'permitremoteopen', 'rekeylimit'],
  ...['remoteforward', 'requesttty', 'securitykeyprovider', 'sendenv', 'serveralivecountmax'],
  ...['serveraliveinterval', 'setenv', 'stdinnull', 'streamlocalbindmask', 'streamlocalbindunlink'],
  ...['syslogfacility', 'tcpkeepalive', 'tunnel', 'tunneldevice', 'updatehostkeys', 'usekeychain'],
  ...[
    'useroaming',
    'verifyhostkeydns',
    'versionaddendum',
    'visualhostkey',
    'warnweakcrypto',
    'xauthlocation',
  ],
];

/** Options that would have to be honoured and cannot be, with the values that say nothing, why, and what to do. */
const refused: Readonly<Record<string, { readonly idle: readonly string[]; readonly why: string }>> = {
  bindinterface: { idle: ['none'], why: 'no interface can be bound to; say BindAddress, and take it out' },
  certificatefile: {
    idle: ['none'],
    why: 'certificates of users are not supported; use a key that stands in authorized_keys there, and take it out',
  },
  knownhostscommand: {
    idle: ['none'],
    why: 'keys of servers are read from files alone; write them into the file of UserKnownHostsFile, and take it out',
  },
  permitlocalcommand: { idle: ['no', 'false'], why: 'no LocalCommand is run; take it out' },
  localcommand: { idle: ['none'], why: 'no LocalCommand is run; take it out' },
  pkcs11provider: {
    idle: ['none'],
    why: 'keys on a card are had through ssh-agent only; load it by ssh-add -s PROVIDER, and take it out',
  },
  proxyusefdpass: { idle: ['no', 'false'], why: 'no socket is taken over from a ProxyCommand; take it out' },
  refuseconnection: { idle: ['none'], why: 'it says that this server is not to be connected to' },
  remotecommand: {
    idle: ['none'],
    why: 'ssh itself runs no other command beside it; take it out, or say RemoteCommand=none in ansible_ssh_common_args',
  },
  revokedhostkeys: {
    idle: ['none'],
    why: 'lists of revoked keys are not read; mark such a key by @revoked in known_hosts, and take it out',
  },
  sessiontype: { idle: ['default'], why: 'commands are what servers are entered for; take it out' },
};

/** Whether `ssh` has to be asked what this option comes to. */
export function needsSsh({ keyword }: SshOption): boolean {
  const name = keyword.toLowerCase();
  return algorithms.includes(name) || honouredBySsh.includes(name);
}

/** Whether an option changes nothing in how servers are entered. */
export function isHarmless(keyword: string): boolean {
  return harmlessOptions.includes(keyword.toLowerCase());
}

/**
 * Why an option cannot be honoured, with what to do; undefined if it is, or if nothing has to be. Values are not repeated:
 * they may be secrets.
 */
export function refusalOfOption({ keyword, values, text }: SshOption): string | undefined {
  const name = keyword.toLowerCase();
  const value = (values[0] ?? '').toLowerCase();
  const refusal = refused[name];
  if (refusal !== undefined)
    return refusal.idle.includes(value) ? undefined : `${keyword} is not supported: ${refusal.why}`;
  switch (name) {
    case 'stricthostkeychecking':
      if (['yes', 'true', 'ask', 'accept-new'].includes(value)) return undefined;
      return `${keyword}=${value} is refused: a server whose key is not known could be anybody; take it out, or say accept-new, or yes and name the file with the keys by UserKnownHostsFile`;
    case 'userknownhostsfile':
      return values.every((file) => file === '/dev/null' || file === 'none')
        ? `${keyword}=${text} is refused: then no server is known; name the file with their keys`
        : undefined;
    case 'connecttimeout':
      return value === 'none' || /^[1-9]\d{0,3}$/.test(value)
        ? undefined
        : `${keyword} must be a number of seconds`;
    case 'port':
      return /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536
        ? undefined
        : `${keyword} must be a number of a port`;
    case 'requiredrsasize':
      return /^\d{1,5}$/.test(value) ? undefined : `${keyword} must be a number of bits`;
    case 'addressfamily':
      return ['any', 'inet', 'inet6'].includes(value) ? undefined : `${keyword} must be any, inet or inet6`;
    case 'preferredauthentications':
      return (values[0] ?? '').split(',').some((method) => usableMethods.includes(method))
        ? undefined
        : `${keyword}=${value} leaves nothing that is supported: publickey, password or keyboard-interactive`;
  }
  const known = [honoured, algorithms, honouredBySsh, harmlessOptions].some((list) => list.includes(name));
  return known ? undefined : `${keyword} is not supported; take it out`;
}

/** Ways to prove who we are that can be gone. */
export const usableMethods: readonly string[] = ['publickey', 'keyboard-interactive', 'password'];
