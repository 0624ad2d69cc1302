import { tenNodeNames } from '../lab/ten.ts';
import type { Cluster } from './cluster.ts';

/** Whoever shows a certificate in a lab of ten nodes and a balancer. */
export const tenBearers = [...tenNodeNames, 'lb'];

/** What one of them shows to who connects: the fingerprint of its certificate, and of whose key the issuer is. */
export interface Shown {
  readonly print: string;
  readonly issuer: string;
}

/** What each of them shows, asked by openssl at its own server. */
export async function shownBy({ lab }: Cluster): Promise<Record<string, Shown>> {
  const found = await Promise.all(
    tenBearers.map(async (name) => {
      const port = name === 'lb' ? 443 : 9443;
      const { stdout } = await lab.exec(
        name,
        `openssl s_client -connect 127.0.0.1:${port} -servername km.lab.test </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 -ext authorityKeyIdentifier`,
      );
      const [, print = ''] = /Fingerprint=(\S+)/.exec(stdout) ?? [];
      const [, issuer = ''] = /Identifier:\s*(\S+)/.exec(stdout) ?? [];
      return [name, { print, issuer }] as const;
    }),
  );
  return Object.fromEntries(found);
}

/** Whose certificates they are, each issuer once. */
export function issuersOf(all: Readonly<Record<string, Shown>>): string[] {
  return [...new Set(tenBearers.map((name) => all[name]?.issuer ?? ''))];
}
