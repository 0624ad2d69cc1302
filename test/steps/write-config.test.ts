import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Topology } from '../../src/apim/cluster/topology.ts';
import { ciphertexts, secretConf } from '../../src/apim/config/secure-vault.ts';
import { Secret } from '../../src/secret.ts';
import { writeConfig } from '../../src/steps/write-config.ts';
import { material, otherMaterial } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { nodeFor, topologyOf } from '../support/topologies.ts';

const sealed = (password: string) =>
  topologyOf({ apim: { secure_vault: true, admin: { username: 'admin', password } } });
const open = `${createHash('sha256').update('fake-keystore-password').digest('hex')} 400`;

/** The text that is written over this one; undefined if that stays. */
function written(topology: Topology, text: string, keys = material): string | undefined {
  const node = nodeFor(topology, 'key-manager');
  const world = { topology, now: caseTime, baseDirectory: '/srv/apim', hosts: new Set(['km']) };
  const facts = { text, secretConf: secretConf(node), startPassword: open, material: keys };
  const [change] = writeConfig.plan({ host: node.host, world, params: {} }, facts);
  const [action] = change?.actions ?? [];
  if (action === undefined) return undefined;
  if (action.kind !== 'put' || !(action.content instanceof Secret)) throw new Error('no text is put');
  return action.content.reveal();
}

describe('a configuration with encrypted passwords', async () => {
  const topology = await sealed('fake-admin-password');
  const text = written(topology, '') ?? '';

  it('holds none of them as it is', () => {
    expect(text).toContain('$secret{');
    for (const password of ['fake-admin-password', 'fake-apim-database-password'])
      expect(text).not.toContain(password);
  });

  it('stays as long as its ciphertexts hold what they should, though each would be another', () => {
    expect(written(topology, text)).toBeUndefined();
    expect(written(topology, '')).not.toBe(text);
  });

  it('is written when a password changes; the ciphertexts of the others stay', async () => {
    const after = written(await sealed('fake-other-password'), text) ?? '';
    const [before, now] = [ciphertexts(text), ciphertexts(after)];
    expect([...now.keys()]).toEqual([...before.keys()]);
    const changed = [...now].filter(([name, ciphertext]) => before.get(name) !== ciphertext);
    expect(changed.map(([name]) => name)).toEqual(['super_admin_password']);
  });

  it('is written when the key that opens it is another', () => {
    expect(written(topology, text, otherMaterial as typeof material)).toBeDefined();
  });
});
