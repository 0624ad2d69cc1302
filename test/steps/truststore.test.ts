import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keystoreFiles, shippedStore } from '../../src/apim/cluster/keystores.ts';
import { marks } from '../../src/apim/cluster/paths.ts';
import type { Node } from '../../src/apim/cluster/topology.ts';
import type { Material } from '../../src/certificates/material.ts';
import { clusterTrust } from '../../src/certificates/views.ts';
import { describe as about, toDer } from '../../src/pki/certificate.ts';
import { type JksEntry, readJks, writeJks } from '../../src/pki/jks.ts';
import { sha256 } from '../../src/pki/sum.ts';
import type { Command } from '../../src/shell/command.ts';
import { checksum, patient, readBytes, readNote } from '../../src/shell/files.ts';
import { type FoundTrust, shippedChanges, trustAt, trustChanges } from '../../src/steps/truststore.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { keystoreOf, materialFor, otherMaterial, writeFolder } from '../support/material.ts';
import { lineOf } from '../support/step-cases.ts';
import { balancer, tenEntries, tenHosts } from '../support/topologies.ts';

const names = ['km', 'tm', 'pub', 'dev', 'gw'].flatMap((name) => [`${name}1`, `${name}2`]);
const material = await materialFor(await tenHosts(), [...names, 'lb']);
const password = 'fake-truststore-password';
const shipped = keystoreOf(otherMaterial.primary, 'wso2carbon', 'wso2carbon');
const fresh = writeJks([], 'wso2carbon');
const half = fresh.subarray(0, 10);

let ground: Ground;
const on = async (shared: boolean) => {
  ground?.remove();
  const nfs = { source: 'nas.example.com:/apim' };
  ground = await createGround({
    apim: { load_balancer: balancer, ...(shared ? { shared_directories: { truststore: nfs } } : {}) },
    groups: tenEntries(),
  });
  writeFolder(`${ground.folder}/pki`, material);
};
afterEach(() => ground.remove());

const node = (name: string) => ground.topology.nodes.find(({ host }) => host.name === name) as Node;
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A home with a truststore, which is read as given, time after time; and what was asked. */
function homeOf(name: string, reads: readonly Uint8Array[], more: { note?: string; shipped?: boolean } = {}) {
  const { trust } = keystoreFiles(ground.topology, node(name));
  const last = reads.at(-1);
  const asked: string[] = [];
  const [sums, contents] = [
    [checksum(trust), patient.checksum(trust)].map(({ text }) => text),
    [readBytes(trust), patient.readBytes(trust)].map(({ text }) => text),
  ];
  const left = [...reads];
  const answer = ({ text }: Command): string => {
    if (sums.includes(text)) return last === undefined ? '\n' : `${sha256(last)}\n`;
    if (contents.some((content) => text.endsWith(content))) {
      asked.push(text.startsWith('sleep') ? 'again' : 'bytes');
      return base64(left.shift() ?? last ?? new Uint8Array());
    }
    if (text === readBytes(shippedStore(node(name))).text)
      return more.shipped === true ? base64(shipped) : '';
    if (text === readNote(marks(node(name)).trust).text) return more.note ?? '';
    if (text === readNote(marks(node(name)).shipped).text) return 'abc\n';
    throw new Error(`nobody knows ${text}`);
  };
  const ask = async (question: Command) => ({ code: 0, stdout: answer(question), stderr: '' });
  const look = () => trustAt(ground.world, node(name), ask, ground.from(name));
  return { look, asked };
}
const planFor = (name: string, found: FoundTrust) => trustChanges(ground.world, node(name), material, found);

describe('the truststore of a node', () => {
  beforeEach(() => on(false));

  it('is not read where there is none: it comes with the archive', async () => {
    const { look, asked } = homeOf('gw1', []);
    const found = await look();
    expect(found).toEqual({ sum: undefined, note: '', bytes: undefined, shipped: undefined, noted: ['abc'] });
    expect(asked).toEqual([]);
    expect(planFor('gw1', found)).toMatchObject([{ actions: [], needs: 'install-pack' }]);
  });

  it('is read once by whoever is to write it', async () => {
    const { look, asked } = homeOf('gw1', [fresh], { shipped: true });
    const found = await look();
    expect(found).toMatchObject({ sum: sha256(fresh), shipped, noted: ['abc'] });
    expect(Buffer.from(found.bytes ?? []).equals(Buffer.from(fresh))).toBe(true);
    expect(asked).toEqual(['bytes']);
  });

  it('is written with the certificates of the cluster and a note, and not read again as long as it is as it was left', async () => {
    const [change] = planFor('gw1', await homeOf('gw1', [fresh]).look());
    const [write, note] = change?.actions ?? [];
    if (write?.kind !== 'put' || note?.kind !== 'put') throw new Error('nothing is put');
    const written = write.content as Uint8Array;
    const trusted = readJks(written, password).map((entry) => entry.type === 'trusted' && entry.certificate);
    expect(trusted).toContainEqual(toDer(material.authority.certificate));
    expect(note).toMatchObject({ path: marks(node('gw1')).trust, mode: 0o600, user: 'wso2' });
    const again = homeOf('gw1', [written], { note: String(note.content) });
    expect(planFor('gw1', await again.look())).toEqual([]);
    expect(again.asked).toEqual([]);
    const altered = homeOf('gw1', [written], { note: String(note.content), shipped: true });
    await altered.look();
    expect(altered.asked).toEqual(['bytes']);
  });

  it('is written once certificates are there', async () => {
    ground.remove();
    const { look, asked } = homeOf('gw1', [fresh]);
    const found = await look();
    expect(asked).toEqual([]);
    const none = { ...material, primary: undefined };
    expect(trustChanges(ground.world, node('gw1'), none, found)).toMatchObject([
      { actions: [], needs: 'issue-certificates' },
    ]);
  });

  it('is told if it opens with no password that is known', async () => {
    const found = await homeOf('gw1', [writeJks([], 'another')]).look();
    expect(() => planFor('gw1', found)).toThrow(
      expect.objectContaining({
        cause: expect.stringMatching(/client-truststore\.jks cannot be opened: /),
        hint: expect.stringContaining('keytool -storepasswd'),
      }) as Error,
    );
  });
});

describe('what a truststore holds', () => {
  beforeEach(() => on(false));
  const trusted = (alias: string, certificate: string) => ({
    type: 'trusted' as const,
    alias,
    date: new Date(0),
    certificate: toDer(certificate),
  });
  /** The aliases in the truststore of gw1 after what is planned, if these entries were there. */
  const aliasesAfter = async (entries: readonly JksEntry[], of: Material = material) => {
    const found = await homeOf('gw1', [writeJks(entries, password)]).look();
    const put = trustChanges(ground.world, node('gw1'), of, found)
      .flatMap(({ actions }) => actions)
      .find((action) => action.kind === 'put' && action.path.endsWith('.jks'));
    if (put?.kind !== 'put') return undefined;
    return readJks(put.content as Buffer, password).map(({ alias }) => alias);
  };
  const alias = ({ certificate }: { certificate: string }) =>
    `apim-orchestrate-ca-${about(certificate).fingerprint.slice(0, 8)}`;
  const ours = trusted(alias(material.authority), material.authority.certificate);
  const signer = trusted('gateway_certificate_alias', material.primary.certificate);
  const pair = (name: string, of = material) => of.nodes.get(name)?.certificate ?? '';

  it('is authorities, and who signs tokens: a new certificate of a node changes nothing', async () => {
    expect(await aliasesAfter([])).toEqual([ours.alias, signer.alias]);
    const renewed = new Map([...material.nodes, ['km1', material.nodes.get('tm1') ?? material.primary]]);
    expect(await aliasesAfter([ours, signer], { ...material, nodes: renewed })).toBeUndefined();
  });

  it('is an authority under an alias of its own, whether it is next, issues, or issues no more', async () => {
    const next = otherMaterial.authority;
    const trust = (each: { certificate: string }) => new Map([[alias(each), each.certificate]]);
    const first = await aliasesAfter([ours, signer], { ...material, next, trust: trust(next) });
    expect(first).toEqual([ours.alias, signer.alias, alias(next)]);
    const both = [ours, signer, trusted(alias(next), next.certificate)];
    const primary = { ...material.primary, chain: [material.authority.certificate] };
    const retiring = [material.authority.certificate];
    const promoted = { ...material, authority: next, primary, retiring, trust: trust(material.authority) };
    expect(await aliasesAfter(both, promoted)).toBeUndefined();
    expect(await aliasesAfter(both, { ...promoted, retiring: [], trust: new Map() })).toEqual([
      signer.alias,
      alias(next),
    ]);
  });

  it('is no more what earlier versions put there: the authority by another name, and every node', async () => {
    const former = [
      trusted('apim-orchestrate-ca', material.authority.certificate),
      signer,
      trusted('key-manager-km1', pair('km1')),
      trusted('gateway-endpoint', pair('gw', otherMaterial)),
      trusted('someone', pair('tm1')),
    ];
    expect(await aliasesAfter(former)).toEqual([signer.alias, 'gateway-endpoint', 'someone', ours.alias]);
  });

  it('is the certificate of a node that was brought, if nobody vouches for it', async () => {
    ground.remove();
    const own = { certificate: { certificate: 'tm1.pem', key: 'tm1.key' } };
    ground = await createGround({
      apim: { load_balancer: balancer },
      groups: tenEntries((name) => (name === 'tm1' ? own : {})),
    });
    const brought = otherMaterial.nodes.get('km') ?? otherMaterial.primary;
    const nodes = new Map([...material.nodes, ['tm1', { ...brought, chain: [] }]]);
    const { unvouched } = clusterTrust(ground.world, { ...material, nodes }) ?? {};
    expect([...(unvouched ?? [])]).toEqual([['tm1', brought.certificate]]);
    const trust = new Map([['apim-orchestrate-trust-x', otherMaterial.authority.certificate]]);
    expect(clusterTrust(ground.world, { ...material, nodes, trust })?.unvouched.size).toBe(0);
  });
});

describe('a truststore that two nodes share', () => {
  beforeEach(() => on(true));

  it('is read by the one that writes it alone', async () => {
    const [first, second] = [homeOf('gw1', [fresh]), homeOf('gw2', [fresh])];
    await first.look();
    const found = await second.look();
    expect([first.asked, second.asked]).toEqual([['bytes'], []]);
    expect(planFor('gw2', found)).toEqual([]);
  });

  it('is read again if it is seen half, and not for ever', async () => {
    const whole = homeOf('gw1', [half, half, fresh]);
    expect(Buffer.from((await whole.look()).bytes ?? []).equals(Buffer.from(fresh))).toBe(true);
    expect(whole.asked).toEqual(['bytes', 'again', 'again']);
    const never = homeOf('gw1', [half]);
    await never.look();
    expect(never.asked).toEqual(['bytes', ...Array.from({ length: 5 }, () => 'again')]);
  });

  it('is put beside first, and in place under a lock for all who share it', async () => {
    const [change] = planFor('gw1', await homeOf('gw1', [fresh]).look());
    const trust = keystoreFiles(ground.topology, node('gw1')).trust;
    expect(change?.actions.map(lineOf)).toEqual([
      expect.stringContaining(`at nas.example.com:/apim: put (wso2) ${trust}.from-gw1 600 `),
      expect.stringMatching(/^at nas\.example\.com:\/apim: run \(wso2\) /),
      expect.stringMatching(/^put \(wso2\) .*\.apim-orchestrate\/truststore 600 /),
    ]);
    expect(change?.actions[1]).toMatchObject({
      shown: `put ${trust} in place, for all who share it`,
      hint: expect.stringContaining('run the same command again'),
      command: { text: expect.stringContaining(sha256(fresh)) },
    });
  });
});

describe('the keystore that an archive came with', () => {
  beforeEach(() => on(false));
  const { fingerprint } = about(otherMaterial.primary.certificate);
  const found: FoundTrust = { sum: 'x', note: '', bytes: undefined, shipped, noted: [] };
  const lines = (facts: FoundTrust) =>
    shippedChanges(node('gw1'), facts).flatMap(({ actions }) => actions.map(lineOf));
  const removal = () => `run (wso2) rm -f ${shippedStore(node('gw1'))}`;

  it('goes, and its certificates are noted first', () => {
    expect(lines(found)).toEqual([
      expect.stringMatching(new RegExp(`^put \\(wso2\\) .*/shipped 644 "${fingerprint}\\\\n"$`)),
      removal(),
    ]);
  });

  it('goes without a note if that is there, or if nobody can tell what is in it', () => {
    expect(lines({ ...found, noted: [fingerprint] })).toEqual([removal()]);
    expect(lines({ ...found, shipped: half })).toEqual([removal()]);
  });

  it('goes with what was noted before kept', () => {
    expect(lines({ ...found, noted: ['0'] })[0]).toContain(`"0\\n${fingerprint}\\n"`);
  });

  it('is planned to go where nothing is there yet, and not where it went already', () => {
    expect(lines({ ...found, shipped: undefined, sum: undefined })).toEqual([removal()]);
    expect(lines({ ...found, shipped: undefined })).toEqual([]);
    expect(lines({ ...found, shipped: undefined, sum: undefined, noted: [fingerprint] })).toEqual([]);
  });
});
