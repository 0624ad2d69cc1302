import { shippedPassword } from '../cluster/keystores.ts';
import { type ReadTable, readToml, textsIn, valueIn } from '../config/read-toml.ts';
import { staysPlain } from '../config/secure-vault.ts';
import { isPublic } from '../release/public-certificates.ts';
import type { Role } from '../release/roles.ts';

/** What is read at a server for an audit. */
export interface AuditFacts {
  /** Files with secrets that are there, with their octal mode and owner. */
  readonly files: readonly { readonly path: string; readonly mode: string; readonly owner: string }[];
  /** Folders of the node, and files that its server made with passwords in them, that others can get at. */
  readonly open: readonly string[];
  readonly shippedKeystore: boolean;
  /** What the truststore trusts: aliases in lower case, SHA-256 in hex; undefined if it could not be opened. */
  readonly trusted: readonly { readonly alias: string; readonly fingerprint: string }[] | undefined;
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

/** One thing that production should not have, or has for a reason. */
export interface AuditFinding {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /** It cannot be otherwise: told, but nothing to mend. */
  readonly note?: true;
}

/** What the audit knows besides what it read. */
export interface AuditWish {
  readonly user: string;
  readonly role: Role;
  /** Whether passwords are to be encrypted. */
  readonly secureVault: boolean;
  readonly offset: number;
  readonly now: Date;
  readonly defaultPasswords: boolean;
  /** SHA-256 of more certificates that nobody may trust. */
  readonly distrust: readonly string[];
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
    facts.open.length > 0,
    'open-to-others',
    `by their modes, other users of the server may read ${facts.open.join(', ')}`,
    'run deploy, which closes them; on a shared file system chmod go-rwx them, or mount it with such modes',
  );
  tell(
    facts.shippedKeystore,
    'shipped-keystore',
    'the shipped keystore is there: the whole world has its private key',
    'run deploy, which removes it',
  );
  tell(
    facts.trusted === undefined,
    'truststore',
    'the truststore does not open with the password of the inventory',
    'run deploy',
  );
  const shipped = (facts.trusted ?? []).filter(
    ({ alias, fingerprint }) => alias === shippedPassword || isPublic(fingerprint, wish.distrust),
  );
  tell(
    shipped.length > 0,
    'shipped-certificate',
    `the truststore trusts certificates whose private keys the whole world has: ${shipped.map(({ alias }) => alias).join(', ')}`,
    'run deploy, which removes them',
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
  const config = readToml(facts.config);
  if (!config.ok)
    tell(
      true,
      'config',
      `deployment.toml cannot be read: line ${config.line}: ${config.why}`,
      'run deploy, which writes it anew',
    );
  const plain = config.ok ? plainSecrets(config.document) : [];
  const inevitable = wish.secureVault ? plain.filter((path) => staysPlain(wish, path)) : [];
  const evitable = plain.length - inevitable.length;
  tell(
    evitable > 0,
    'plain-secrets',
    `deployment.toml holds ${evitable} passwords as they are`,
    wish.secureVault ? 'run deploy, which encrypts them' : 'set secure_vault: true',
  );
  if (inevitable.length > 0)
    found.push({
      code: 'plain-for-web-sockets',
      message: `deployment.toml holds ${inevitable.join(', ')} as they are, because secure web sockets do not ask the vault`,
      fix: 'nothing to do: encrypted, port 8099 and backends at wss:// would fail; only the run user can read the file, as he can what opens the vault',
      note: true,
    });
  const lacks = (...paths: readonly string[]) =>
    facts.config !== '' && config.ok && paths.every((path) => valueIn(config.document, path) === undefined);
  tell(
    lacks('transport.https.sslHostConfig.properties.protocols'),
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
    lacks('transport.https.properties.server', 'transport.http.properties.server'),
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

/** Which passwords stand in a document as they are, rather than as references: `table.key`, in order. */
function plainSecrets(document: ReadTable): string[] {
  return textsIn(document).flatMap(([path, text]) => {
    const isPassword = /password$/i.test(path) && !path.startsWith('secrets.');
    return isPassword && !/^\$\w*\{/.test(text) ? [path] : [];
  });
}
