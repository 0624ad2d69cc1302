import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
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
  | { readonly kind: 'changed'; readonly known: string }
  | { readonly kind: 'revoked'; readonly known: string };

/** What is known of one server. */
export interface KnownHost {
  /** Key types of the lines that name it: to be offered first, or a known server can look changed. */
  readonly types: readonly string[];
  /** Whether a line only names a certificate authority, which is not supported. */
  readonly byAuthority: boolean;
  judge(key: Buffer): Verdict;
}

/** Looks a server up in known_hosts files; files that are not there count as empty. */
export function knownHost(files: readonly string[], address: string, port: number): KnownHost {
  const name = knownName(address, port);
  const entries = files.flatMap((file) => readKnownHosts(file, readIfThere(file), name));
  const plain = entries.filter((entry) => entry.marker === undefined);
  return {
    types: [...new Set(plain.map((entry) => entry.type))],
    byAuthority: plain.length === 0 && entries.some((entry) => entry.marker === '@cert-authority'),
    judge(key) {
      const place = (entry: Entry) => `${entry.file}:${entry.line}`;
      const revoked = entries.find((entry) => entry.marker === '@revoked' && entry.key.equals(key));
      if (revoked !== undefined) return { kind: 'revoked', known: place(revoked) };
      if (plain.some((entry) => entry.key.equals(key))) return { kind: 'match' };
      const [other] = plain;
      return other === undefined ? { kind: 'unknown' } : { kind: 'changed', known: place(other) };
    },
  };
}

/** How known_hosts files name a server: `host`, or `[host]:port`. */
function knownName(address: string, port: number): string {
  return port === 22 ? address.toLowerCase() : `[${address.toLowerCase()}]:${port}`;
}

/** A line of a known_hosts file that says: this server has this key. */
export function knownLine(address: string, port: number, key: Buffer): string {
  return `${knownName(address, port)} ${keyType(key)} ${key.toString('base64')}`;
}

/** The lines of a known_hosts text that name a server (`host`, or `[host]:port`). Lines that make no sense are skipped. */
function readKnownHosts(file: string, text: string, name: string): Entry[] {
  return text.split('\n').flatMap((raw, index): Entry[] => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [hosts = '', type = '', key = ''] = words;
    if (hosts === '' || hosts.startsWith('#') || key === '' || !names(hosts, name)) return [];
    return [{ file, line: index + 1, marker, type, key: Buffer.from(key, 'base64') }];
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

/** Signature algorithms to offer for key types, the known ones first. RSA keys sign with SHA-2. */
export function hostKeyAlgorithms(types: readonly string[]): string[] {
  const all = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ];
  const first = types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
  return [...new Set([...first.filter((type) => all.includes(type)), ...all])];
}

function names(field: string, name: string): boolean {
  if (field.startsWith('|1|')) {
    const [, , salt = '', mac = ''] = field.split('|');
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
