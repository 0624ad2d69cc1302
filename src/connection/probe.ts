/** A question to a port of a server, asked from that server through the connection, by TCP, TLS or HTTPS. */
export interface Probe {
  /** Address as seen from the server: usually its own. */
  readonly host: string;
  readonly port: number;
  /** With it, TLS is spoken: the chain must lead to `ca` (PEM) and the certificate must bear `name`. */
  readonly tls?: { readonly name: string; readonly ca: string };
  /** With it, a GET request follows; `status` are the codes that count as an answer, `body` a text it must hold. */
  readonly http?: { readonly path: string; readonly status: readonly number[]; readonly body?: string };
}

export type ProbeResult =
  | { readonly ok: true; readonly certificate?: { readonly fingerprint: string; readonly notAfter: string } }
  | { readonly ok: false; readonly why: string };
