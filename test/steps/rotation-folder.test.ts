import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import type { Material } from '../../src/certificates/material.ts';
import { readMaterial } from '../../src/certificates/read.ts';
import { rotationPhase } from '../../src/certificates/rotation.ts';
import { signingPhase } from '../../src/certificates/signing.ts';
import { clusterTrust, signerApart, signersOf } from '../../src/certificates/views.ts';
import { openLocal } from '../../src/connection/local.ts';
import { controller } from '../../src/engine/controller.ts';
import type { Action } from '../../src/engine/plan.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { belongTogether, isIssuedBy, describe as read } from '../../src/pki/certificate.ts';
import { Secret } from '../../src/secret.ts';
import type { World } from '../../src/steps/define.ts';
import { finishRotation } from '../../src/steps/finish-rotation.ts';
import { finishSigningKey } from '../../src/steps/finish-signing-key.ts';
import { issueCertificates } from '../../src/steps/issue-certificates.ts';
import { makeNextAuthority } from '../../src/steps/make-next-authority.ts';
import { makeNextSigningKey } from '../../src/steps/make-next-signing-key.ts';
import { replaceCertificates } from '../../src/steps/replace-certificates.ts';
import { switchSigningKey } from '../../src/steps/switch-signing-key.ts';
import { withdrawAuthority } from '../../src/steps/withdraw-authority.ts';
import { withdrawSigningKey } from '../../src/steps/withdraw-signing-key.ts';
import { material as before, writeFolder } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { inventoryFrom, inventoryText } from '../support/topologies.ts';

const inventory = await inventoryFrom(inventoryText());
let base: string;
let world: World;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'rotation-'));
  writeFolder(join(base, 'pki'), before);
  world = worldAt(base);
});
afterEach(() => rmSync(base, { recursive: true }));

function worldAt(folder: string): World {
  const topology = buildTopology(inventory, folder);
  const hosts = new Set(topology.nodes.map(({ host }) => host.name));
  return { topology, now: caseTime, baseDirectory: folder, hosts };
}

async function look(about: World = world): Promise<Material> {
  const connection = openLocal();
  try {
    return await readMaterial({ here: (command) => connection.ask(command) }, about);
  } finally {
    await connection.close();
  }
}

/** Does one action of a plan in the folder, as the engine would. */
async function act(action: Action): Promise<void> {
  if (action.kind === 'run') execFileSync('sh', ['-c', action.command.text]);
  if (action.kind !== 'put') return;
  const content = typeof action.content === 'function' ? await action.content() : action.content;
  if (!(content instanceof Uint8Array) && typeof content !== 'string' && !(content instanceof Secret))
    throw new TypeError('a file of its own is not put here');
  writeFileSync(action.path, content instanceof Secret ? content.reveal() : content, { mode: action.mode });
}

/** What these steps plan, one after another, as long as there is anything; all nodes run with what there is. */
async function nextActions(steps: readonly AnyStep<World>[], about: World): Promise<readonly Action[]> {
  const material = await look(about);
  for (const step of steps) {
    const facts = step === issueCertificates ? material : { material, behind: [] };
    const actions = step
      .plan({ host: controller, world: about, params: {} }, facts)
      .flatMap((change) => change.actions);
    if (actions.length > 0) return actions;
  }
  return [];
}

/** Does all that these steps have to do; `seen` looks at the folder after every single action. */
async function walk(steps: readonly AnyStep<World>[], seen?: () => Promise<void>): Promise<number> {
  let done = 0;
  for (;;) {
    const actions = await nextActions(steps, world);
    if (actions.length === 0) return done;
    for (const action of actions) {
      await act(action);
      done += 1;
      await seen?.();
    }
  }
}

const phase = async () => rotationPhase(world, await look());
const names = () => readdirSync(join(base, 'pki')).sort();
const text = (name: string) => readFileSync(join(base, 'pki', name), 'utf8');
const trusted = async () => [...(clusterTrust(world, await look())?.trust.values() ?? [])];
const old = before.authority.certificate;
const certificatesOf = ({ nodes }: Material) => [...nodes.values()].map(({ certificate }) => certificate);

describe('the folder in a rotation of certificates', () => {
  it('says what is to be replaced until all of it is, and then that it is over', async () => {
    expect(await phase()).toBe('none');
    await walk([replaceCertificates]);
    expect(await phase()).toBe('replace');
    await walk([issueCertificates]);
    expect(await phase()).toBe('finish');
    const found = await look();
    expect(certificatesOf(found).filter((each) => certificatesOf(before).includes(each))).toEqual([]);
    expect([...found.nodes].filter(([name, { key }]) => key === before.nodes.get(name)?.key)).toEqual([]);
    expect(certificatesOf(found).every((each) => isIssuedBy(each, old))).toBe(true);
    await walk([finishRotation]);
    expect(await phase()).toBe('none');
    expect(names()).toEqual(['ca.key', 'ca.pem', 'nodes', 'primary.key', 'primary.pem']);
  });
});

describe('the folder in a rotation of the authority', () => {
  const all = [makeNextAuthority, replaceCertificates, issueCertificates, withdrawAuthority];

  it('has all trust the next one first, and the one before no more in the end', async () => {
    await walk([makeNextAuthority]);
    expect(await phase()).toBe('trust');
    const next = text('ca-next.pem');
    expect(read(next).isAuthority).toBe(true);
    expect(await trusted()).toEqual([old, next]);
    // Until then the present one issues: a deployment of a new node goes on as ever.
    rmSync(join(base, 'pki/nodes/gw.pem'));
    await walk([issueCertificates]);
    expect(isIssuedBy(text('nodes/gw.pem'), old)).toBe(true);

    await walk([replaceCertificates]);
    expect(await phase()).toBe('replace');
    expect([text('ca.pem'), text('ca-retiring.pem')]).toEqual([next, old]);
    expect(belongTogether(next, text('ca.key'))).toBe(true);
    expect(await trusted()).toEqual([next, old]);

    await walk([issueCertificates]);
    expect(await phase()).toBe('withdraw');
    expect(certificatesOf(await look()).every((each) => isIssuedBy(each, next))).toBe(true);
    expect(text('primary.pem')).toBe(before.primary.certificate);

    await walk([withdrawAuthority]);
    expect(await phase()).toBe('finish');
    expect(await trusted()).toEqual([next]);
    await walk([finishRotation]);
    expect(await phase()).toBe('none');
    // Nothing is left of the keys of before.
    expect(names()).toEqual(['ca.key', 'ca.pem', 'nodes', 'primary.key', 'primary.pem']);
  });

  it('has an authority that is whole, and that vouches for every certificate, after every single action', async () => {
    const found: (readonly [unknown, unknown])[] = [];
    const actions = await walk(all, async () => {
      const material = await look();
      const { certificate = '', key = '' } = material.authority ?? {};
      const roots = [certificate, ...material.trust.values()];
      const vouched = certificatesOf(material).every((each) => roots.some((root) => isIssuedBy(each, root)));
      found.push([belongTogether(certificate, key), vouched]);
    });
    expect(actions).toBeGreaterThan(12);
    expect(found.filter(([whole, vouched]) => !(whole && vouched))).toEqual([]);
  });

  it('ends well if the run dies after any single action, and another goes on', async () => {
    const copies: string[] = [];
    const steps = [makeNextAuthority, replaceCertificates];
    const alter = async () => {
      const copy = mkdtempSync(join(tmpdir(), 'rotation-'));
      cpSync(join(base, 'pki'), join(copy, 'pki'), { recursive: true });
      copies.push(copy);
    };
    await walk(steps, alter);
    expect(copies).toHaveLength(7);
    const whole = base;
    try {
      for (const copy of copies) {
        [base, world] = [copy, worldAt(copy)];
        await walk(steps);
        expect(await phase()).toBe('replace');
        expect(belongTogether(text('ca.pem'), text('ca.key'))).toBe(true);
        expect(text('ca-retiring.pem')).toBe(old);
        expect(names().filter((name) => name.includes('next'))).toEqual([]);
        expect(names().filter((name) => name.includes('kept'))).toHaveLength(1);
      }
    } finally {
      base = whole;
      for (const copy of copies) rmSync(copy, { recursive: true });
    }
  });
});

describe('the folder in a rotation of the key that signs tokens', () => {
  const begin = [makeNextSigningKey, switchSigningKey];
  const end = [withdrawSigningKey, finishSigningKey];
  const signing = async () => signingPhase(await look());
  /** The certificates that verify tokens, of whoever signs first. */
  const signers = async () => signersOf(await look(), before.primary).map(({ pair }) => pair.certificate);
  const shared = before.primary.certificate;

  it('has all publish the next one before it signs, and leaves what is stored to the shared one for ever', async () => {
    expect([await signing(), await signers()]).toEqual(['none', [shared]]);
    await walk([makeNextSigningKey]);
    const next = text('signing-next.pem');
    expect([await signing(), await signers()]).toEqual(['publish', [shared, next]]);
    expect(signerApart(await look())).toBeUndefined();

    await walk([switchSigningKey]);
    expect([await signing(), await signers()]).toEqual(['signs', [next, shared]]);
    expect(text('signing.pem')).toBe(next);
    expect(text('primary.pem')).toBe(shared);
    // Another is begun only once the one before is withdrawn.
    expect(await walk(begin)).toBe(0);

    await walk([withdrawSigningKey]);
    expect([await signing(), await signers()]).toEqual(['withdraw', [next]]);
    await walk([finishSigningKey]);
    expect(await signing()).toBe('none');
    expect(names().filter((name) => name.startsWith('signing'))).toEqual(['signing.key', 'signing.pem']);

    await walk(begin);
    const third = text('signing.pem');
    expect(await signers()).toEqual([third, next]);
    await walk(end);
    expect(await signers()).toEqual([third]);
    expect(text('primary.key')).toBe(before.primary.key);
  });

  it('ends well if a run dies after any single action, and never signs with what was not published', async () => {
    const copies: string[] = [];
    let known = await signers();
    const alter = async () => {
      const found = await signers();
      expect(known).toContain(found[0]);
      known = found;
      const copy = mkdtempSync(join(tmpdir(), 'rotation-'));
      cpSync(join(base, 'pki'), join(copy, 'pki'), { recursive: true });
      copies.push(copy);
    };
    await walk(begin, alter);
    await walk(end, alter);
    expect(copies).toHaveLength(8);
    const whole = base;
    try {
      for (const copy of copies) {
        [base, world] = [copy, worldAt(copy)];
        if ((await signing()) !== 'withdraw' && existsSync(join(copy, 'pki/signing-retiring.pem')))
          await walk(begin);
        const [signer] = (await signing()) === 'publish' ? [text('signing-next.pem')] : await signers();
        if ((await signing()) === 'publish') await walk(begin);
        expect((await signers())[0]).toBe(signer);
        await walk(end);
        expect(names().filter((name) => /next|retiring|withdrawn/.test(name))).toEqual(
          names().filter((name) => name === 'signing-next.key'),
        );
      }
    } finally {
      base = whole;
      for (const copy of copies) rmSync(copy, { recursive: true });
    }
  });
});
