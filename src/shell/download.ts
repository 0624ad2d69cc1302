import { Secret } from '../secret.ts';
import { type Command, script, sh } from './command.ts';
import { downloadScript } from './download-script.ts';

/** Where a file is to be had, and what has to be said there. */
export interface Source {
  /** `http:` or `https:`, without a user in it. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** More of the request, such as a token. */
  readonly headers: readonly (readonly [name: string, value: Secret])[];
  /** Certificates (PEM) that are trusted beside those that the server knows. */
  readonly ca?: string | undefined;
  readonly proxy?: {
    readonly url: string;
    readonly username?: string | undefined;
    readonly password?: Secret | undefined;
  };
}

/**
 * Downloads to `path`, by curl or wget; the file is at its name only when its checksum is right. Where an earlier
 * attempt broke off it carries on, if the server still means the same file. Give it `stdin`: what nobody else may see.
 */
export function download(
  source: Source,
  path: string,
  sha256: string,
): { readonly command: Command; readonly stdin: Secret } {
  const page = /\.(x?html?|xml|xsl|xsd|wsdl|svg|jsp)$/i.test(path) ? 'maybe' : 'no';
  return {
    command: script(sh`path=${path}; want=${sha256}; page=${page}`, downloadScript),
    stdin: Secret.document(told(source), 'where the file is, and who asks for it'),
  };
}

/** An address as people may see it: a query can hold a signature. */
export function shownAddress(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}

function told({ url, username, password, headers, ca, proxy }: Source): string {
  const all = [
    ...(username === undefined && password === undefined
      ? []
      : [['Authorization', basic(username ?? '', password)] as const]),
    ...headers.map(([name, value]) => [name, value.reveal()] as const),
  ];
  const lines = all.map(([name, value]) => `${name}: ${value}`);
  const section = (name: string, content: readonly string[]) => [`[${name}]`, ...content, '[end]'];
  return [
    ...section('url', [address(url)]),
    ...section(
      'curl',
      lines.map((line) => `header = ${quoted(line)}`),
    ),
    ...section(
      'wget',
      lines.map((line) => `header = ${line}`),
    ),
    ...(proxy === undefined ? [] : section('curl-proxy', curlProxy(proxy))),
    ...(proxy === undefined ? [] : section('wget-proxy', wgetProxy(proxy))),
    ...(ca === undefined ? [] : section('ca', [ca.trim()])),
    '',
  ].join('\n');
}

/** What `Authorization` says. It is as good as the password, so it is struck out wherever that would be. */
function basic(username: string, password: Secret | undefined): string {
  const both = Buffer.from(`${username}:${password?.reveal() ?? ''}`).toString('base64');
  return `Basic ${new Secret(both).reveal()}`;
}

function address(url: string): string {
  const parsed = new URL(url);
  parsed.hash = '';
  return parsed.href.replaceAll('\\', '%5C');
}

/** The inventory’s proxy is meant for every address, whatever the environment there says. */
function curlProxy({ url, username, password }: NonNullable<Source['proxy']>): string[] {
  return [
    `proxy = ${quoted(url)}`,
    'noproxy = ""',
    ...(username === undefined && password === undefined
      ? []
      : [`proxy-user = ${quoted(`${username ?? ''}:${password?.reveal() ?? ''}`)}`]),
  ];
}

function wgetProxy({ url, username, password }: NonNullable<Source['proxy']>): string[] {
  return [
    'use_proxy = on',
    `http_proxy = ${url}`,
    `https_proxy = ${url}`,
    'no_proxy =',
    ...(username === undefined ? [] : [`proxy_user = ${username}`]),
    ...(password === undefined ? [] : [`proxy_password = ${password.reveal()}`]),
  ];
}

/** A value in a configuration file of curl. */
function quoted(text: string): string {
  const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' };
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[\n\r\t\v]/g, (each) => escapes[each] ?? '')}"`;
}
