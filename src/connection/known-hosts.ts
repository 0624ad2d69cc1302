import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** One line of a known_hosts file. */
interface Entry {
  readonly file: string;
  readonly line: number;
  readonly marker: string | undefined;
  readonly type: string;
  readonly key: Buffer;
}

/** What known_hosts says of a key. `known` tells where another key of the same server stands. */
type Verdict =
  | { readonly kind: 'match' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly known: string; readonly file: string; readonly name: string }
  | { readonly kind: 'revoked'; readonly known: string };

/** What is known of one server. */
export interface KnownHost {
  /** Key types of the lines that name it: to be offered first, or a known server can look changed. */
  readonly types: readonly string[];
  /** Whether a line only names a certificate authority, which is not supported. */
  readonly byAuthority: boolean;
  judge(key: Buffer): Verdict;
}

/**
 * Looks a server up in known_hosts files; files that are not there count as empty. As with `ssh`, a key that is known for
 * its address alone will do at every port, and one of another type says nothing of the one that is shown.
 */
export function knownHost(files: readonly string[], address: string, port: number): KnownHost {
  const name = nameInFiles(address, port);
  const texts = files.map((file) => ({ file, text: readIfThere(file) }));
  const named = (wanted: string) => texts.flatMap(({ file, text }) => readKnownHosts(file, text, wanted));
  const entries = named(name);
  const withoutPort = name === address.toLowerCase() ? [] : named(address.toLowerCase());
  const ownPlain = entries.filter((entry) => entry.marker === undefined);
  const plain = [...ownPlain, ...withoutPort.filter((entry) => entry.marker === undefined)];
  const all = [...entries, ...withoutPort];
  return {
    types: [...new Set(plain.map((entry) => entry.type))],
    byAuthority: plain.length === 0 && all.some((entry) => entry.marker === '@cert-authority'),
    judge(key) {
      const place = (entry: Entry) => `${entry.file}:${entry.line}`;
      const revoked = all.find((entry) => entry.marker === '@revoked' && entry.key.equals(key));
      if (revoked !== undefined) return { kind: 'revoked', known: place(revoked) };
      if (ownPlain.some((entry) => entry.key.equals(key))) return { kind: 'match' };
      const other = ownPlain.find((entry) => entry.type === keyType(key));
      if (other !== undefined) return { kind: 'changed', known: place(other), file: other.file, name };
      return plain.some((entry) => entry.key.equals(key)) ? { kind: 'match' } : { kind: 'unknown' };
    },
  };
}

/** How a server is called in known_hosts files: `host`, or `[host]:port`. */
export function nameInFiles(address: string, port: number): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

/** A line of a known_hosts file that says: the server of this name has this key. With `hashed`, the name is not to be read in it. */
export function knownLine(name: string, key: Buffer, hashed = false): string {
  return `${hashed ? hashOf(name) : name} ${keyType(key)} ${key.toString('base64')}`;
}

function hashOf(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** The lines of a known_hosts text that name a server (`host`, or `[host]:port`). Lines that make no sense are skipped. */
function readKnownHosts(file: string, text: string, name: string): Entry[] {
  return text.split('\n').flatMap((raw, index): Entry[] => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [hosts = '', type = '', written = ''] = words;
    if (hosts === '' || hosts.startsWith('#') || !names(hosts, name)) return [];
    const key = Buffer.from(written, 'base64');
    return isKeyOf(key, type) ? [{ file, line: index + 1, marker, type, key }] : [];
  });
}

/** The fingerprint of a host key as OpenSSH shows it: `SHA256:…`. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a host key names itself: `ssh-ed25519`. */
export function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function isKeyOf(key: Buffer, type: string): boolean {
  return key.length > 4 && key.length > 4 + key.readUInt32BE(0) && keyType(key) === type;
}

/** How many bits an RSA key has; undefined if it is another one. */
export function rsaBits(key: Buffer): number | undefined {
  if (keyType(key) !== 'ssh-rsa') return undefined;
  // Two numbers follow, with their lengths ahead: the exponent, and the modulus.
  const exponentAt = 4 + key.readUInt32BE(0);
  const modulusAt = exponentAt + 4 + key.readUInt32BE(exponentAt);
  const modulus = key.subarray(modulusAt + 4, modulusAt + 4 + key.readUInt32BE(modulusAt));
  const first = modulus.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24;
}

/**
 * Signature algorithms to offer for key types, the known ones first, each part in the order of `ssh`: where a file holds an old
 * key of one type and the right one of another, it is asked for the same as `ssh` would ask for. RSA keys sign with SHA-2.
 */
export function hostKeyAlgorithms(types: readonly string[], allowed: readonly string[] = usual): string[] {
  const signs = (algorithm: string) => (algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  const known = allowed.filter((algorithm) => types.includes(signs(algorithm)));
  return [...known, ...allowed.filter((algorithm) => !known.includes(algorithm))];
}

const usual = [
  ...['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ...['rsa-sha2-512', 'rsa-sha2-256'],
];

function names(field: string, name: string): boolean {
  if (field.startsWith('|')) {
    const [, kind, salt = '', mac = ''] = field.split('|');
    if (kind !== '1' || mac === '') return false;
    const wanted = Buffer.from(mac, 'base64');
    const got = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
    return wanted.length === got.length && timingSafeEqual(wanted, got);
  }
  let hit = false;
  for (const pattern of field.split(',')) {
    const negated = pattern.startsWith('!');
    if (!fits(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    hit = true;
  }
  return hit;
}

/** Whole names are compared as they are: a file has a line for every host, and every host is looked up in it. */
function fits(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern.length === name.length && pattern.toLowerCase() === name;
  return glob(pattern).test(name);
}

function glob(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`, 'i');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
