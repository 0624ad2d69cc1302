import type { Failure } from '../../errors.ts';
import { shownAddress } from '../../shell/download.ts';
import type { Refusal } from '../../shell/download-answers.ts';
import type { Download } from '../settings/download.ts';

/** What a refused download means, and what to do in the inventory: `key` is where it stands there, such as `pack`. */
export function explainRefusal(refusal: Refusal, download: Download, key: string, sha256: string): Failure {
  const asked = shownAddress(download.url);
  const { cause, hint } = wordsFor(refusal, download, key, sha256, whereFrom(refusal.at, asked));
  const words = ['checksum', 'protocol'].includes(refusal.kind) ? '' : refusal.detail;
  return { cause, tail: words === '' ? [] : [words], hint };
}

/** The address that answered, and how we came there. */
function whereFrom(at: string, asked: string): string {
  const plain = asked.replace(/\?…$/, '');
  return at === '' || at === plain ? asked : `${at}, to which ${asked} sent us on,`;
}

function wordsFor(
  refusal: Refusal,
  download: Download,
  key: string,
  sha256: string,
  where: string,
): { cause: string; hint: string } {
  const { kind, detail } = refusal;
  const here = `apim.${key}`;
  switch (kind) {
    case 'status':
      return wordsForStatus(refusal, download, key, where);
    case 'page':
      return {
        cause: `${where} answered with a page of HTML instead of the file: a login page, most likely`,
        hint: `say who asks: ${here}.username and password, or ${here}.headers; or correct ${here}.url: it must be the file’s own address`,
      };
    case 'redirects':
      return {
        cause: `${where} sends us on without end`,
        hint: `give the file’s own address as ${here}.url; who is not known is often sent in circles: ${here}.username, headers`,
      };
    case 'protocol':
      return {
        cause: `${where} sends us on to ${detail}, and only http and https are followed`,
        hint: `give the file’s own address as ${here}.url`,
      };
    case 'certificate':
      return {
        cause: `${where} shows a certificate that the server does not trust`,
        hint: `give the certificate of its authority as ${here}.ca (a PEM file here), and compare the name in ${here}.url`,
      };
    case 'proxy':
      return {
        cause: `the proxy does not lead to ${where}`,
        hint: `correct ${here}.proxy, or the proxy in the environment of the server`,
      };
    case 'unreachable':
      return {
        cause: `${where} cannot be reached from the server`,
        hint: `correct ${here}.url; if a proxy leads there, ${here}.proxy; or give a file of this machine instead`,
      };
    case 'broken':
      return {
        cause: `the download from ${where} broke off, several times`,
        hint: 'run the same command again: it carries on from there',
      };
    case 'checksum':
      return {
        cause: `${where} has SHA-256 ${detail}, the inventory says ${sha256}; what was downloaded was removed`,
        hint: `compare ${here}.sha256 with the one that the vendor gives, and ${here}.url`,
      };
    case 'disk':
      return {
        cause: `what ${where} sends cannot be written at the server`,
        hint: 'free disk space there',
      };
    case 'busy':
      return {
        cause: `another download into the same folder is under way at the server`,
        hint: 'an earlier run has left it behind: wait for it to end, or end it, and run the same command again',
      };
    case 'tool':
      return {
        cause: `the server cannot download ${where}: ${detail}`,
        hint: `install curl there, or give a file of this machine instead of ${here}.url`,
      };
  }
}

function wordsForStatus(
  { status, at }: Refusal,
  download: Download,
  key: string,
  where: string,
): { cause: string; hint: string } {
  const here = `apim.${key}`;
  const known = download.username ?? download.password ?? download.headers;
  const elsewhere = at !== '' && !sameOrigin(at, download.url);
  if (status === 407)
    return {
      cause: `the proxy on the way to ${where} wants to know who uses it (407)`,
      hint:
        download.proxy === undefined
          ? `give ${here}.proxy, with proxy_username and proxy_password`
          : `${download.proxy_username === undefined ? 'give' : 'correct'} ${here}.proxy_username and proxy_password`,
    };
  if ((status === 401 || status === 403) && elsewhere && known !== undefined)
    return {
      cause: `${where} answered ${status}`,
      hint: `who we are is told to ${new URL(download.url).origin} alone; if that other server is to know, give its address as ${here}.url`,
    };
  if (status === 401)
    return {
      cause: `${where} ${known === undefined ? 'wants to know who asks' : 'does not accept who asks'} (401)`,
      hint:
        known === undefined
          ? `give ${here}.username and password, or a token in ${here}.headers`
          : `correct ${here}.username and password, or ${here}.headers; has the token expired?`,
    };
  if (status === 403)
    return {
      cause: `${where} refuses the file to ${known === undefined ? 'somebody whom it does not know' : 'who asks'} (403)`,
      hint:
        known === undefined
          ? `give ${here}.username and password, or a token in ${here}.headers`
          : 'have the account or the token be allowed to read it there',
    };
  if (status === 404 || status === 410)
    return {
      cause: `there is no file at ${where} (${status})`,
      hint: `correct ${here}.url; some servers say so to those whom they do not know: ${here}.username, headers`,
    };
  return {
    cause: `${where} answered ${status}`,
    hint:
      (status ?? 0) >= 500 || status === 429
        ? 'that server has trouble of its own: run the same command again later'
        : `correct ${here}.url`,
  };
}

function sameOrigin(a: string, b: string): boolean {
  return new URL(a).origin === new URL(b).origin;
}
