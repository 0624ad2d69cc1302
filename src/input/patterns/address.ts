/** One address, and the port behind it, if there is one. */
interface Address {
  readonly address: string;
  readonly port: number | undefined;
}

/**
 * A text as one address to Ansible, and its port: a name, an IPv4 or an IPv6 address, with ranges such as `[1:3]` in it.
 * Its colons then separate nothing. The forms are Ansible's own, with all that they let pass.
 */
export function addressIn(text: string): Address | undefined {
  let address = text;
  let port: number | undefined;
  for (const form of withPort) {
    const [, before, behind] = form.exec(address) ?? [];
    if (before === undefined) continue;
    address = before;
    port = Number(behind);
  }
  const isOne = address !== '' && [ipv4, ipv6, hostname].some((form) => form.test(address));
  return isOne ? { address, port } : undefined;
}

const withPort = [/^\[(.+)\]:([0-9]+)$/, /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/];

const range = (bounds: string) => String.raw`\[(?:${bounds})(?::[0-9]+)?\]`;

const octet = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${range('[0-9]+:[0-9]+')})`;
const ipv4 = new RegExp(String.raw`^(?:${octet}\.){3}${octet}$`, 'iu');

const word = `(?:[0-9a-f]{1,4}|${range('[0-9a-f]+:[0-9a-f]+')})`;

/** Only the last of these reaches to the end of the text, in Ansible as well: a text may begin as an address. */
const ipv6 = new RegExp(
  `^(?:${[
    `(?:${word}:){7}${word}`,
    `(?:${word}:){1,6}:`,
    `${word}:(?::${word}){1,6}`,
    `(?:${word}:){2}(?::${word}){1,5}`,
    `(?:${word}:){3}(?::${word}){1,4}`,
    `(?:${word}:){4}(?::${word}){1,3}`,
    `(?:${word}:){5}(?::${word}){1,2}`,
    `(?:${word}:){6}:${word}`,
    `:(?::${word}){1,6}`,
    `${word}?::`,
    String.raw`(?:0:){6}(?:${word}\.){3}${word}`,
    String.raw`::(?:ffff:)?(?:${word}\.){3}${word}`,
    String.raw`(?:0:){5}ffff:(?:${word}\.){3}${word}$`,
  ].join('|')})`,
  'iu',
);

const span = range('[a-z]:[a-z]|[0-9]+:[0-9]+');
const label = String.raw`(?:[\p{L}\p{N}_]|${span})(?:[\p{L}\p{N}_-]|${span})*(?<![_-])`;
const hostname = new RegExp(String.raw`^${label}(?:\.${label})*$`, 'iu');
