import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenNodeNames } from '../lab/ten.ts';
import { askStandIn, type Cluster, createPairs } from '../support/cluster.ts';
import { failuresIn, runJson, runTool, startTool } from '../support/tool.ts';

/** What the server of a node signs and verifies with, as the stand-in tells it. */
interface Signing {
  readonly signs: string;
  readonly publishes: readonly string[];
  /** `alias fingerprint` of what it trusts since its start. */
  readonly trusts: readonly string[];
  readonly apiKeys: string;
  /** Whether it reads what was stored at its first start. */
  readonly reads: boolean;
}

let cluster: Cluster;

const pki = (name = '') => join(cluster.folder, 'pki', name);
const primary = (...words: string[]) => runJson('rotate-certs', cluster.inventory, '--primary', ...words);

async function signingOf(name: string): Promise<Signing | undefined> {
  try {
    const told = await askStandIn(await cluster.lab.address(name), 9443, '/standin/signing');
    const signing = JSON.parse(told) as Partial<Signing> & { readonly failed?: string };
    const none = { signs: '', publishes: [], trusts: [], apiKeys: '', reads: false };
    // One that cannot tell publishes nothing; one that starts does not serve yet.
    if (signing.failed !== undefined) return none;
    return signing.publishes === undefined ? undefined : { ...none, ...signing };
  } catch {
    return undefined;
  }
}

/** What all servers that answer sign and verify with. */
async function all(): Promise<ReadonlyMap<string, Signing>> {
  const found = await Promise.all(tenNodeNames.map(async (name) => [name, await signingOf(name)] as const));
  return new Map(
    found.flatMap(([name, signing]) => (signing === undefined ? [] : [[name, signing] as const])),
  );
}

/** Who would refuse what somebody signs at this moment, and who cannot read what is stored. */
function faults(found: ReadonlyMap<string, Signing>): string[] {
  const signing = [...found];
  const managers = signing.filter(([name]) => name.startsWith('km'));
  const gateways = signing.filter(([name]) => name.startsWith('gw'));
  return [
    ...signing.flatMap(([name, { reads }]) => (reads ? [] : [`${name} cannot read what is stored`])),
    ...managers.flatMap(([name, { signs }]) =>
      managers.flatMap(([other, { publishes }]) =>
        publishes.includes(signs) ? [] : [`${other} does not publish what ${name} signs with`],
      ),
    ),
    ...signing
      .filter(([name]) => name.startsWith('dev'))
      .flatMap(([name, { signs, apiKeys }]) =>
        gateways.flatMap(([gateway, { trusts }]) =>
          trusts.includes(`${apiKeys} ${signs}`) ? [] : [`${gateway} refuses API keys of ${name}`],
        ),
      ),
  ];
}

/** Looks all the time at what servers sign and verify with, while something is done. */
async function watched(work: () => Promise<void>): Promise<string[]> {
  const found = new Set<string>();
  let looks = 0;
  let done = false;
  const watching = (async () => {
    for (; !done; looks += 1) for (const fault of faults(await all())) found.add(fault);
  })();
  try {
    await work();
  } finally {
    done = true;
  }
  await watching;
  expect(looks).toBeGreaterThan(10);
  return [...found];
}

beforeAll(async () => {
  cluster = await createPairs('rotprim', '10.68.0', { apim: { secure_vault: true } });
  await cluster.edit(/^( *)software: \w+$/m, '$1software: nginx\n$1drain_timeout: 2s');
  expect(failuresIn(await runJson('deploy', cluster.inventory))).toEqual([]);
}, 300_000);

afterAll(() => cluster?.close());

describe('a rotation of the key that signs tokens', () => {
  it('is begun by nobody who was not told what it means', async () => {
    const refused = await primary();
    expect(refused.code).toBe(64);
    expect(refused.stderr).toMatch(/what the product has stored stays encrypted with \S+primary\.pem/);
    expect(refused.stderr).toContain('access tokens and API keys issued before stay valid until they end');
    expect(existsSync(pki('signing-next.key'))).toBe(false);
    const nothing = await primary('--withdraw', '--yes');
    expect(nothing.code).toBe(64);
    expect(nothing.stderr).toContain('there is nothing to withdraw');
  }, 60_000);

  it('leaves no moment at which a token is refused or what is stored cannot be read, though it is killed', async () => {
    const before = (await all()).get('km1');
    const seen = await watched(async () => {
      const killed = startTool(['rotate-certs', cluster.inventory, '--primary', '--yes', '--output', 'json']);
      await killed.seen((event) => event.type === 'step-finished' && event.step === 'start-server');
      killed.child.kill('SIGKILL');
      await killed.ended;
      const told = await runTool('rotate-certs', cluster.inventory, '--primary', '--status');
      expect(told.stdout).toContain(
        'all nodes are to publish and trust the next key before it signs anything',
      );
      const other = await runTool('rotate-certs', cluster.inventory, '--yes');
      expect(other.stderr).toContain('two rotations at a time are not carried on');
      expect(failuresIn(await primary('--yes'))).toEqual([]);
    });
    expect(seen).toEqual([]);
    const after = await all();
    expect(after.size).toBe(10);
    const signs = new Set([...after.values()].map((each) => each.signs));
    expect(signs.size).toBe(1);
    expect(signs).not.toContain(before?.signs);
    // What was signed before is valid still.
    for (const name of ['km1', 'km2']) expect(after.get(name)?.publishes).toContain(before?.signs);
    for (const name of ['gw1', 'gw2'])
      expect(after.get(name)?.trusts).toContain(`gateway_certificate_alias ${before?.signs}`);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 400_000);

  it('ends when the key before is withdrawn, and what is stored is read as ever', async () => {
    const before = (await all()).get('km1');
    const seen = await watched(async () => {
      expect(failuresIn(await primary('--withdraw', '--yes'))).toEqual([]);
    });
    expect(seen).toEqual([]);
    const after = await all();
    for (const { signs, publishes } of after.values()) expect(publishes).toEqual([signs]);
    expect(after.get('km1')?.signs).toBe(before?.signs);
    expect(after.get('gw1')?.trusts.filter((each) => each.startsWith('gateway_'))).toEqual([]);
    expect(existsSync(pki('signing-retiring.key'))).toBe(false);
    expect((await runTool('deploy', cluster.inventory)).stdout).toContain('Nothing to do');
  }, 300_000);
});
