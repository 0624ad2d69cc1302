import { pkiFiles } from '../apim/cluster/keystores.ts';
import type { Material } from '../certificates/material.ts';
import { type SigningPhase, signingPhase, signingStandings } from '../certificates/signing.ts';
import { UsageError } from '../errors.ts';
import { loadPlaybook, type Playbook } from '../input/playbook.ts';
import type { World } from '../steps/define.ts';
import { refuseSigning } from '../steps/make-next-signing-key.ts';
import { shippedPlaybook } from './commands.ts';
import { table } from './table.ts';

/** What each phase is, in words for people. */
const told: Readonly<Record<SigningPhase, string>> = {
  none: 'no rotation of the key that signs tokens is under way',
  publish: 'all nodes are to publish and trust the next key before it signs anything',
  signs: 'the next key signs tokens; the one before is published and trusted still (--withdraw ends that)',
  withdraw: 'the key that signed tokens before is being withdrawn',
};

/** The playbook for the key that signs tokens, as far as its rotation is, and what people have to know before. */
export async function primaryRotation(
  world: World,
  material: Material,
  withdraw: boolean,
): Promise<{ readonly playbook: Playbook; readonly phase: string | undefined; readonly warnings: string[] }> {
  const phase = signingPhase(material);
  if (withdraw && (phase === 'none' || phase === 'publish'))
    throw new UsageError(`there is nothing to withdraw: ${told[phase]}`);
  if (!withdraw && phase === 'withdraw')
    throw new UsageError(`${told[phase]}; --primary --withdraw carries that on`);
  if (phase === 'none') refuseSigning(world, material);
  return {
    playbook: await loadPlaybook(shippedPlaybook(withdraw ? 'withdraw-primary' : 'rotate-primary')),
    phase: phase === 'none' ? undefined : told[phase],
    warnings: withdraw ? withdrawal(world, phase) : meaning(world, phase),
  };
}

/** Refuses to replace other certificates while the key that signs tokens is on its way. */
export function refuseWhileSigning(material: Material): void {
  const phase = signingPhase(material);
  if (phase === 'publish' || phase === 'withdraw')
    throw new UsageError(
      `${told[phase]}, and two rotations at a time are not carried on; rotate-certs --primary${phase === 'withdraw' ? ' --withdraw' : ''} ends it`,
    );
}

/** How far it is, and the keys whose signatures are valid. */
export function signingStatus(material: Material): string {
  const rows = signingStandings(material).map(({ alias, does, until }) => [
    alias,
    does,
    until.toISOString().slice(0, 10),
  ]);
  return `${told[signingPhase(material)]}\n\n${table(['key', '', 'until'], rows)}\n`;
}

function meaning({ topology }: World, phase: SigningPhase): string[] {
  if (phase === 'signs') return [];
  const { primary } = pkiFiles(topology);
  return [
    `the key that signs tokens is replaced; what the product has stored stays encrypted with ${primary.certificate}, whose key is needed for ever`,
    'access tokens and API keys issued before stay valid until they end: the key before is published and trusted until --primary --withdraw',
    'who verifies tokens by a certificate of their own (back ends that check X-JWT-Assertion, services that do not ask the JWKS of the Key Manager) has to trust the next one as well, before it signs',
  ];
}

function withdrawal({ topology }: World, phase: SigningPhase): string[] {
  if (phase === 'withdraw') return [];
  const { retiringSigning } = pkiFiles(topology);
  return [
    `every access token, refresh token in the form of a JWT and API key that ${retiringSigning.certificate} verifies is refused from now on; API keys without an end have to be made anew in the Developer Portal`,
  ];
}
