/** What is read at a server for an audit. */
export interface AuditFacts {
  /** Files with secrets that are there, with their octal mode and owner. */
  readonly files: readonly { readonly path: string; readonly mode: string; readonly owner: string }[];
  readonly shippedKeystore: boolean;
  /** Aliases in the truststore under which keys are trusted that the whole world has; undefined if it could not be opened. */
  readonly publicTrusted: readonly string[] | undefined;
  /** The text of deployment.toml. */
  readonly config: string;
  /** Who runs the server; undefined while it does not run. */
  readonly runner: string | undefined;
  /** How many files its process may open; undefined while it does not run. */
  readonly openFiles: number | undefined;
  readonly listening: readonly number[];
  /** When the certificate of the node ends. */
  readonly certificateEnds: Date | undefined;
  /** Whether Java itself refuses TLS 1.0 and 1.1; undefined where it need not, because the product’s settings do. */
  readonly javaRefusesOldTls: boolean | undefined;
  /** Flags of the start script that turn the verification of host names off. */
  readonly unsafeFlags: readonly string[];
}

/** One thing that production should not have. */
export interface AuditFinding {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** What the audit knows besides what it read. */
export interface AuditWish {
  readonly user: string;
  readonly offset: number;
  readonly now: Date;
  readonly defaultPasswords: boolean;
}

const day = 86_400_000;

/**
 * What is not as the vendor’s guidelines for production have it:
 * https://apim.docs.wso2.com/en/3.2.0/install-and-setup/deploying-wso2-api-manager/security-guidelines-for-production-deployment/
 */
export function auditNode(facts: AuditFacts, wish: AuditWish): AuditFinding[] {
  const found: AuditFinding[] = [];
  const tell = (wrong: boolean, code: string, message: string, fix: string) => {
    if (wrong) found.push({ code, message, fix });
  };
  for (const { path, mode, owner } of facts.files) {
    tell(
      !mode.endsWith('00'),
      'file-readable',
      `${path} has mode ${mode}: others can read it`,
      'run deploy, which writes it anew, or chmod 600 it',
    );
    tell(
      owner !== wish.user,
      'file-owner',
      `${path} belongs to ${owner}, not to ${wish.user}`,
      `chown ${wish.user} it`,
    );
  }
  tell(
    facts.shippedKeystore,
    'shipped-keystore',
    'the shipped keystore is there: the whole world has its private key',
    'run deploy, which removes it',
  );
  tell(
    facts.publicTrusted === undefined,
    'truststore',
    'the truststore does not open with the password of the inventory',
    'run deploy',
  );
  tell(
    (facts.publicTrusted?.length ?? 0) > 0,
    'shipped-certificate',
    `the truststore trusts keys that the whole world has, as ${facts.publicTrusted?.join(', ')}: whoever signs with them is believed`,
    'run deploy, which removes it',
  );
  tell(facts.runner === 'root', 'runs-as-root', 'the server runs as root', 'stop it, and run deploy');
  tell(
    facts.openFiles !== undefined && facts.openFiles < 4096,
    'open-files',
    `the server may open only ${facts.openFiles} files`,
    'set hardening.limits: true, run deploy, and restart it',
  );
  const jmx = [9999, 11_111]
    .map((port) => port + wish.offset)
    .filter((port) => facts.listening.includes(port));
  tell(
    jmx.length > 0,
    'jmx',
    `JMX listens on ${jmx.join(', ')}, without a password`,
    'leave monitoring.jmx out of deployment_toml, and run deploy',
  );
  tell(
    plainSecrets(facts.config) > 0,
    'plain-secrets',
    `deployment.toml holds ${plainSecrets(facts.config)} passwords as they are`,
    'set secure_vault: true',
  );
  tell(
    facts.config !== '' && !/^protocols = /m.test(facts.config),
    'old-tls',
    'TLS 1.0 and 1.1 are accepted',
    'set hardening: {}',
  );
  tell(
    facts.javaRefusesOldTls === false,
    'old-tls-receiver',
    'TLS 1.0 and 1.1 are accepted where events are received (9711): Java allows them, and the product has no setting',
    'set hardening: {}, and run deploy',
  );
  tell(
    facts.config !== '' && !/^server = /m.test(facts.config),
    'server-header',
    'the server tells clients which product it is',
    'set hardening: {}',
  );
  tell(
    facts.unsafeFlags.length > 0,
    'host-names',
    `the start script turns the verification of host names off: ${facts.unsafeFlags.join(', ')}`,
    'set hardening: {}',
  );
  tell(
    wish.defaultPasswords,
    'default-passwords',
    'passwords that the whole world knows are accepted',
    'give passwords of your own, and take default_passwords out',
  );
  const left =
    facts.certificateEnds === undefined
      ? undefined
      : Math.floor((facts.certificateEnds.getTime() - wish.now.getTime()) / day);
  tell(
    left !== undefined && left < 30,
    'certificate',
    `the certificate ends in ${left} days`,
    'run deploy, which renews it',
  );
  return found;
}

/** How many passwords stand in a document as they are, rather than as references. */
function plainSecrets(toml: string): number {
  const body = toml.replace(/^\[secrets\][\s\S]*/m, '');
  return [...body.matchAll(/^[\w.]*password = "(.*)"$/gm)].filter(([, value = '']) => !/^\$\w*\{/.test(value))
    .length;
}
