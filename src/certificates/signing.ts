import { describe } from '../pki/certificate.ts';
import type { Material } from './material.ts';
import { signersOf } from './views.ts';

/**
 * How far a rotation of the key that signs tokens is, by what is in the pki folder: all are to publish and trust the next
 * pair; it signs, and the one before is published still, for as long as people want; the one before is withdrawn.
 */
export type SigningPhase = 'none' | 'publish' | 'signs' | 'withdraw';

/** How far a rotation of the key that signs tokens is. */
export function signingPhase({ signing: { next, retiring, withdrawn } }: Material): SigningPhase {
  if (withdrawn) return 'withdraw';
  if (retiring !== undefined) return 'signs';
  return next === undefined ? 'none' : 'publish';
}

/** A key whose signatures are valid, by its alias in keystores. */
export interface SigningStanding {
  readonly alias: string;
  readonly does: 'signs' | 'published, signs nothing yet' | 'signed before, still valid';
  readonly until: Date;
}

/** How it stands with every key whose signatures are valid, the one that signs first. */
export function signingStandings(material: Material): SigningStanding[] {
  const { primary, signing } = material;
  const signers = primary === undefined ? [] : signersOf(material, primary);
  return signers.map(({ pair, alias }, index) => ({
    alias,
    does:
      index === 0
        ? 'signs'
        : pair === signing.next
          ? 'published, signs nothing yet'
          : 'signed before, still valid',
    until: describe(pair.certificate).notAfter,
  }));
}
