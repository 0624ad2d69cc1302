import type { SshAlgorithms } from './inventory.ts';
import type { SshOption } from './ssh-options.ts';

/** Algorithms that keys sign with. */
const signatures = [
  ...['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ...['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
];

/** The options that list algorithms, what each is called here, and those of them that can be used. */
const lists: readonly { option: string; key: keyof SshAlgorithms; usable: readonly string[] }[] = [
  {
    option: 'ciphers',
    key: 'cipher',
    usable: [
      ...['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'],
      ...['aes128-ctr', 'aes192-ctr', 'aes256-ctr', 'aes128-cbc', 'aes192-cbc', 'aes256-cbc', '3des-cbc'],
    ],
  },
  {
    option: 'macs',
    key: 'hmac',
    usable: [
      ...['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha1-etm@openssh.com'],
      ...['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1'],
    ],
  },
  {
    option: 'kexalgorithms',
    key: 'kex',
    usable: [
      ...['curve25519-sha256', 'curve25519-sha256@libssh.org'],
      ...['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'],
      ...['diffie-hellman-group14-sha256', 'diffie-hellman-group15-sha512', 'diffie-hellman-group16-sha512'],
      ...['diffie-hellman-group17-sha512', 'diffie-hellman-group18-sha512'],
      ...['diffie-hellman-group-exchange-sha256', 'diffie-hellman-group14-sha1'],
      ...['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group1-sha1'],
    ],
  },
  { option: 'hostkeyalgorithms', key: 'serverHostKey', usable: signatures },
  { option: 'pubkeyacceptedalgorithms', key: 'publicKey', usable: signatures },
  // Its name before OpenSSH 8.5.
  { option: 'pubkeyacceptedkeytypes', key: 'publicKey', usable: signatures },
];

/** Which algorithms may be used, of lists that `ssh` has answered; a list of which nothing can be used is refused. */
export function sshAlgorithms(options: readonly SshOption[]): {
  found?: SshAlgorithms;
  refusals: string[];
} {
  const refusals: string[] = [];
  const found = lists.flatMap(({ option, key, usable }) => {
    const said = options.find(({ keyword }) => keyword.toLowerCase() === option);
    if (said === undefined) return [];
    const left = said.text.split(',').filter((name) => usable.includes(name));
    if (left.length > 0) return [[key, left] as const];
    refusals.push(`${said.keyword} names none that is supported: ${usable.join(', ')}`);
    return [];
  });
  return { refusals, ...(found.length === 0 ? {} : { found: Object.fromEntries(found) }) };
}
