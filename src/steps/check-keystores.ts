import { X509Certificate } from 'node:crypto';
import { pkiFiles } from '../apim/keystores.ts';
import { nodeOf } from '../apim/topology.ts';
import { StepFailed } from '../errors.ts';
import { describe } from '../pki/certificate.ts';
import { nothing, step, type World } from './define.ts';
import { inspectHeldKeys } from './held-keys.ts';
import { type Material, readMaterial } from './material.ts';

/**
 * Whether the pki folder on this machine is the one that a node was deployed from. It changes nothing; it is there so
 * that no key is made in the place of one that servers encrypt with.
 */
export const checkKeystores = step({
  name: 'check-keystores',
  summary: 'Check, before anything is issued, that the keys of the servers are those of the folder pki here.',
  at: 'node',
  params: nothing,

  async inspect({ host, world }, { there, once }) {
    const [held, material] = await Promise.all([
      inspectHeldKeys(world.topology, nodeOf(world.topology, host), there),
      once(readMaterial, world),
    ]);
    return { held, material };
  },

  plan({ host, world }, { held, material }) {
    const { certificates } = world.topology.settings;
    const node = nodeOf(world.topology, host);
    const [primary] = held.primary ?? [];
    const [tls] = held.tls ?? [];
    if (primary !== undefined && certificates.primary === undefined)
      if (material.primary === undefined || !sameKey(primary, material.primary.certificate))
        throw refusal(
          world,
          `${node.home} holds a shared key that is not in the folder here: ${told(primary)}`,
          material.primary === undefined
            ? 'there is none here, so another one would be made, and what the product has stored with this one could never be read again'
            : `here is another one (${told(material.primary.certificate)}), and what the product has stored with the one there could not be read with it`,
        );
    if (tls !== undefined && certificates.authority === undefined && material.authority === undefined)
      if (node.certificate === undefined && !certificates.requests && !isTrusted(tls, material))
        throw refusal(
          world,
          `${node.home} holds a certificate of an authority that is not in the folder here: ${told(tls)}`,
          'another authority would be made, which no server of this cluster knows',
        );
    return [];
  },
});

/** Somebody else's authority that the inventory names, from before certificates were to be made here. */
function isTrusted(certificate: string, { trust }: Material): boolean {
  const found = new X509Certificate(certificate);
  return [...trust.values()].some((each) => {
    const issuer = new X509Certificate(each);
    return found.checkIssued(issuer) && found.verify(issuer.publicKey);
  });
}

function sameKey(one: string, other: string): boolean {
  const [a, b] = [one, other].map((each) =>
    new X509Certificate(each).publicKey.export({ type: 'spki', format: 'der' }),
  );
  return a !== undefined && b !== undefined && a.equals(b);
}

function told(certificate: string): string {
  const { subject, fingerprint, notAfter } = describe(certificate);
  const issuer = new X509Certificate(certificate).issuer.replaceAll('\n', ', ');
  return `${subject}, SHA-256 ${fingerprint.slice(0, 16)}…, until ${notAfter.toISOString().slice(0, 10)}, issued by ${issuer}`;
}

function refusal({ topology }: World, cause: string, because: string): StepFailed {
  const { directory } = pkiFiles(topology);
  return new StepFailed({
    cause: `${cause}; ${because}`,
    hint: `nothing was made or written: bring the folder that this cluster was deployed from to ${directory}; if it is lost, read the keys back from the servers: apim-orchestrate pki recover INVENTORY`,
  });
}
