/** A question to a port of a server, asked from that server through the connection, by TCP, TLS or HTTPS. */
export interface Probe {
  /** Address as seen from the server: usually its own. */
  readonly host: string;
  readonly port: number;
  /** With it, TLS is spoken: the chain must lead to `ca` (PEM) and the certificate must bear `name`. */
  readonly tls?: { readonly name: string; readonly ca: string };
  /** With it, a GET request follows. */
  readonly http?: HttpQuestion;
}

/** What is asked over HTTP, and what counts as an answer. */
interface HttpQuestion {
  readonly path: string;
  /** The codes that count, or all but some. */
  readonly status: readonly number[] | { readonly not: readonly number[] };
  /** A text that the answer must hold. */
  readonly body?: string;
  /** The name that is asked for; without it that of TLS, or the address. */
  readonly name?: string;
}

export type ProbeResult =
  | { readonly ok: true; readonly certificate?: { readonly fingerprint: string; readonly notAfter: string } }
  | { readonly ok: false; readonly why: string };
