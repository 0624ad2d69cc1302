import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pkiFiles } from '../../src/apim/cluster/keystores.ts';
import type { Action } from '../../src/engine/plan.ts';
import { belongTogether } from '../../src/pki/certificate.ts';
import { Secret } from '../../src/secret.ts';
import { makeNextAuthority } from '../../src/steps/make-next-authority.ts';
import { fiveNodes } from '../support/deployments.ts';
import { fakeHost } from '../support/fake-connection.ts';
import { material } from '../support/material.ts';

const topology = fiveNodes();
const { next } = pkiFiles(topology);
const world = { topology, now: new Date(), baseDirectory: '/', hosts: new Set<string>() };

/** What is written, by its place. */
async function written(left: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const spot = { host: fakeHost('controller'), world, params: {} };
  const changes = makeNextAuthority.plan(spot, { material: { ...material, spare: left }, behind: [] });
  const files = new Map<string, string>();
  for (const action of changes.flatMap(({ actions }) => actions))
    if (action.kind === 'put') files.set(action.path, await textOf(action));
  return files;
}

async function textOf({ content }: Extract<Action, { kind: 'put' }>): Promise<string> {
  const made = typeof content === 'function' ? await content() : content;
  return made instanceof Secret ? made.reveal() : String(made);
}

describe('the next authority', () => {
  it('has a key and a certificate that belong together', async () => {
    const files = await written(new Map());
    expect(belongTogether(files.get(next.certificate) ?? '', files.get(next.key) ?? '')).toBe(true);
  });

  it('has the key that a run left which died before there was a certificate', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const files = await written(new Map([[next.key, key]]));
    expect(files.get(next.key)).toBe(key);
    expect(belongTogether(files.get(next.certificate) ?? '', key)).toBe(true);
  });
});
