import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import type { Holding } from '../../src/certificates/holdings.ts';
import { openLocal } from '../../src/connection/local.ts';
import { controller } from '../../src/engine/controller.ts';
import { runPlays } from '../../src/engine/run.ts';
import type { AnyStep } from '../../src/engine/step.ts';
import { belongTogether, isIssuedBy, describe as read } from '../../src/pki/certificate.ts';
import type { World } from '../../src/steps/define.ts';
import { issueCertificates } from '../../src/steps/issue-certificates.ts';
import { recoverPki } from '../../src/steps/recover-pki.ts';
import { material, otherMaterial, writeFolder } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { inventoryFrom, inventoryText } from '../support/topologies.ts';

const inventory = await inventoryFrom(inventoryText());
let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'pki-folder-'));
});
afterEach(() => rmSync(base, { recursive: true }));

const file = (name: string) => join(base, 'pki', name);
const text = (name: string) => readFileSync(file(name), 'utf8');
const names = () =>
  existsSync(file('')) ? readdirSync(file(''), { recursive: true, encoding: 'utf8' }).sort() : [];

/** What the folder holds when all is well. */
const fill = () => writeFolder(file(''), material);

/** Runs a step on this machine, for real; the texts of its failures. */
async function runHere(step: AnyStep<World>): Promise<{ changed: number; failures: string[] }> {
  const topology = buildTopology(inventory, base);
  const connection = openLocal();
  const calls = [{ step, params: {} }];
  const never = new AbortController().signal;
  try {
    const { changed, failures } = await runPlays<World>({
      name: 'here',
      plays: [{ name: 'here', hosts: [controller], calls, groups: [[controller]] }],
      world: {
        topology,
        now: caseTime,
        baseDirectory: base,
        hosts: new Set(topology.nodes.map(({ host }) => host.name)),
      },
      pool: { connect: async () => connection },
      emit: () => undefined,
      dryRun: false,
      stop: never,
      abort: never,
      now: () => caseTime,
    });
    return { changed, failures: failures.map(({ error }) => error.message) };
  } finally {
    await connection.close();
  }
}

describe('the folder of keys on this machine', () => {
  it('is left as it is when all is well', async () => {
    fill();
    expect(await runHere(issueCertificates)).toEqual({ changed: 0, failures: [] });
  });

  it.each(['ca', 'primary', 'nodes/gw'])(
    'never loses the key of %s when its certificate is damaged',
    async (name) => {
      fill();
      const key = text(`${name}.key`);
      writeFileSync(file(`${name}.pem`), 'half of a certificate');
      expect((await runHere(issueCertificates)).failures).toEqual([]);
      expect(text(`${name}.key`)).toBe(key);
      expect(belongTogether(text(`${name}.pem`), key)).toBe(true);
      for (const node of material.nodes.keys())
        expect(isIssuedBy(text(`nodes/${node}.pem`), text('ca.pem'))).toBe(true);
    },
  );

  it.each(['primary', 'nodes/gw'])(
    'keeps what stood where the key of %s should be, for its owner only',
    async (name) => {
      fill();
      writeFileSync(file(`${name}.key`), 'the only copy, on a bad day', { mode: 0o644 });
      expect((await runHere(issueCertificates)).failures).toEqual([]);
      const [kept = ''] = names().filter((each) => each.startsWith(`${name}.key.kept-`));
      expect(text(kept)).toBe('the only copy, on a bad day');
      expect(statSync(file(kept)).mode & 0o777).toBe(0o600);
      expect(belongTogether(text(`${name}.pem`), text(`${name}.key`))).toBe(true);
    },
  );

  it.each([
    ['is not there', (path: string) => rmSync(path)],
    ['holds no private key that can be read', (path: string) => writeFileSync(path, 'damaged')],
    ['does not belong to', (path: string) => writeFileSync(path, otherMaterial.authority.key)],
  ])('issues nothing while the key of the authority %s, and makes no other', async (why, spoil) => {
    fill();
    spoil(file('ca.key'));
    rmSync(file('nodes/gw.pem'));
    const before = names();
    const { failures } = await runHere(issueCertificates);
    expect(failures).toEqual([
      expect.stringContaining(`the key of the authority is not here: ${file('ca.key')} ${why}`),
    ]);
    expect(names()).toEqual(before);
    expect(text('ca.pem')).toBe(material.authority.certificate);
  });
});

describe('what servers hold', () => {
  const holdings = (of: typeof material = material): Holding[] =>
    [...of.nodes].map(([host, own]) => ({
      host,
      primary: { key: of.primary.key, certificates: [of.primary.certificate, ...of.primary.chain] },
      own: { key: own.key, certificates: [own.certificate, ...own.chain] },
      authority: of.authority.certificate,
      retiring: [],
      closed: [],
    }));

  it('becomes the folder again, but for the key of the authority', async () => {
    expect((await runHere(recoverPki(holdings(), false))).failures).toEqual([]);
    const recovered = new Map(
      names()
        .filter((name) => name !== 'nodes')
        .map((name) => [name, text(name)]),
    );
    rmSync(file(''), { recursive: true });
    fill();
    expect([...recovered.keys()]).toEqual(names().filter((name) => name !== 'nodes' && name !== 'ca.key'));
    for (const [name, content] of recovered) expect(content).toBe(text(name));
  });

  it('completes a folder of which a part is left, also after a run that died', async () => {
    fill();
    for (const name of ['primary.key', 'nodes/km.pem', 'ca.pem', 'ca.key']) rmSync(file(name));
    mkdirSync(`${join(base, 'pki')}.recovering/nodes`, { recursive: true });
    expect(await runHere(recoverPki(holdings(), false))).toEqual({ changed: 1, failures: [] });
    expect(text('primary.key')).toBe(material.primary.key);
    expect(existsSync(`${join(base, 'pki')}.recovering`)).toBe(false);
    expect(await runHere(recoverPki(holdings(), false))).toEqual({ changed: 0, failures: [] });
  });

  it('is not written while one file here says something else', async () => {
    fill();
    for (const name of ['nodes/km.pem', 'nodes/km.key']) rmSync(file(name));
    writeFileSync(file('primary.key'), otherMaterial.primary.key);
    const before = names();
    const { failures } = await runHere(recoverPki(holdings(), false));
    expect(failures).toEqual([
      expect.stringContaining('something else than the servers, so nothing was written'),
    ]);
    expect(names()).toEqual(before);
  });

  it.each<[string, () => Holding[], RegExp]>([
    [
      'do not share a key',
      () => [...holdings().slice(1), ...holdings(otherMaterial).slice(0, 1)],
      /hold different keys where all are to share one.*\n.*tm: .*\n(.*\n)*.*km: /,
    ],
    ['hold nothing', () => [], /nothing to recover/],
    [
      'are closed',
      () => holdings().map((each) => ({ ...each, closed: ['x.jks: the password is wrong'] })),
      /gw: x\.jks: the password is wrong/,
    ],
  ])('is not written when the servers %s', async (_how, held, words) => {
    const { failures } = await runHere(recoverPki(held(), false));
    expect(failures).toEqual([expect.stringMatching(words)]);
    expect(names()).toEqual([]);
  });

  it('gets a next authority when one is asked for; the old one stays, and nothing is issued again', async () => {
    expect((await runHere(recoverPki(holdings(), true))).failures).toEqual([]);
    expect(text('ca-retiring.pem')).toBe(material.authority.certificate);
    expect(read(text('ca.pem')).isAuthority).toBe(true);
    expect(belongTogether(text('ca.pem'), text('ca.key'))).toBe(true);
    expect(await runHere(issueCertificates)).toEqual({ changed: 0, failures: [] });
    expect(await runHere(recoverPki(holdings(), true))).toEqual({ changed: 0, failures: [] });
    rmSync(file('nodes/gw.pem'));
    expect((await runHere(issueCertificates)).failures).toEqual([]);
    expect(isIssuedBy(text('nodes/gw.pem'), text('ca.pem'))).toBe(true);
  });
});
