import { isIP } from 'node:net';
import type Forge from 'node-forge';
import { forge } from './forge.ts';
import { publicHalf, signingKey } from './signing.ts';

/** Makes a signing request (PKCS#10, PEM) for a key (PEM), with its DNS names and IP addresses. */
export function createRequest(options: {
  readonly key: string;
  readonly commonName: string;
  readonly organization: string;
  readonly names: readonly string[];
}): string {
  const request = forge().pki.createCertificationRequest();
  request.publicKey = publicHalf(options.key);
  request.setSubject([
    { name: 'organizationName', value: options.organization },
    { name: 'commonName', value: options.commonName.slice(0, 64) },
  ]);
  request.setAttributes([
    {
      name: 'extensionRequest',
      extensions: [
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        {
          name: 'subjectAltName',
          altNames: options.names.map((name) =>
            isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name },
          ),
        },
      ],
    },
  ] as never);
  request.sign(signingKey(options.key), forge().md.sha256.create());
  return forge().pki.certificationRequestToPem(request).replaceAll('\r\n', '\n');
}

/** What a request asks for: its DNS names and IP addresses, and whether it was made for this key. Undefined if unreadable. */
export function readRequest(request: string, key: string): { names: string[]; ofKey: boolean } | undefined {
  try {
    const parsed = forge().pki.certificationRequestFromPem(request);
    const wanted = parsed.getAttribute({ name: 'extensionRequest' }) as {
      extensions?: { name: string; altNames?: { type: number; value: string; ip?: string }[] }[];
    } | null;
    const altNames = wanted?.extensions?.find(({ name }) => name === 'subjectAltName')?.altNames ?? [];
    const own = publicHalf(key) as Forge.pki.rsa.PublicKey;
    return {
      names: altNames.map(({ value, ip }) => ip ?? value),
      ofKey: (parsed.publicKey as Forge.pki.rsa.PublicKey).n.equals(own.n),
    };
  } catch {
    return undefined;
  }
}
