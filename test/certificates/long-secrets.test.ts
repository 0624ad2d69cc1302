import { describe, expect, it } from 'vitest';
import { lintMaterial } from '../../src/certificates/lint.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import type { World } from '../../src/steps/define.ts';
import { noMaterial } from '../support/material.ts';
import { topologyOf, type Values } from '../support/topologies.ts';

const now = new Date();
/** A key of 3072 bits, as somebody might bring it. */
const pair = await createAuthority({ organization: 'x', days: 3650, now });
const material = {
  authority: undefined,
  primary: { ...pair, chain: [] },
  nodes: new Map(),
  requests: new Map(),
  trust: new Map(),
  next: undefined,
  misnamed: false,
  signing: noMaterial.signing,
  retiring: [],
  outgoing: [],
  spare: new Map(),
  damaged: new Map(),
};
const findings = async (length: number, more: Values = {}) => {
  const topology = await topologyOf({
    apim: {
      keystore: { password: 'x'.repeat(length) },
      secure_vault: true,
      certificates: { primary: { certificate: 'own.pem', key: 'own.key' } },
      ...more,
    },
  });
  const world: World = { topology, now, baseDirectory: '/srv', hosts: new Set() };
  return lintMaterial(world, material).map(
    ({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`,
  );
};

describe('a secret for the vault of somebody’s own key', () => {
  it('can be as long as that key can encrypt, and no longer', async () => {
    expect(await findings(342)).toEqual([]);
    expect(await findings(343)).toEqual([
      'error value apim.keystore.password: is 343 bytes long, but secure_vault can encrypt 342 at most: give a shorter one, or do without secure_vault',
    ]);
    expect(await findings(343, { secure_vault: false })).toEqual([]);
  });
});
