import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import { securityFolder } from '../../src/apim/cluster/paths.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { openLocal } from '../../src/connection/local.ts';
import { createLedger, createLooker } from '../../src/engine/places.ts';
import { createTurns } from '../../src/engine/turns.ts';
import { visit } from '../../src/engine/visit.ts';
import { toDer } from '../../src/pki/certificate.ts';
import { type JksEntry, readJks, writeJks } from '../../src/pki/jks.ts';
import type { World } from '../../src/steps/define.ts';
import { installKeystores } from '../../src/steps/install-keystores.ts';
import { keystoreOf, material, otherMaterial, writeFolder } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { inventoryFrom, inventoryText, nodeFor } from '../support/topologies.ts';

// Servers never run as root, and tests may.
const user = userInfo().uid === 0 ? 'nobody' : userInfo().username;
const password = 'fake-truststore-password';
let base: string;
let topology: World['topology'];
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'keystores-'));
  chmodSync(base, 0o755);
  const apim = { directory: join(base, 'opt'), user };
  topology = buildTopology(await inventoryFrom(inventoryText({ apim })), base);
  writeFolder(join(base, 'pki'), material);
  const { home } = nodeFor(topology, 'gateway');
  mkdirSync(join(home, '.apim-orchestrate'), { recursive: true });
  writeFileSync(join(home, '.apim-orchestrate/pack'), topology.settings.pack.sha256);
  mkdirSync(folder(), { recursive: true });
  writeFileSync(trustFile(), writeJks([], 'wso2carbon'));
  writeFileSync(join(folder(), 'wso2carbon.jks'), keystoreOf(otherMaterial.primary, 'x', 'wso2carbon'));
  execFileSync('chown', ['-R', user, join(base, 'opt')]);
});
afterEach(() => rmSync(base, { recursive: true }));

const folder = () => securityFolder(nodeFor(topology, 'gateway'));
const trustFile = () => join(folder(), 'client-truststore.jks');
const trusted = () => readJks(readFileSync(trustFile()), password);
const write = (entries: readonly JksEntry[]) => writeFileSync(trustFile(), writeJks(entries, password));

/** Runs the step at the gateway, on this machine; what was planned, and which files were asked for whole. */
async function run() {
  const connection = openLocal();
  const planned: string[] = [];
  const fetched: string[] = [];
  const watched: Connection = {
    ...connection,
    ask(command) {
      const [, path] = /base64 2>\/dev\/null < (\S+)/.exec(command.text) ?? [];
      const asked = connection.ask(command);
      return asked.then((answer) => {
        if (path !== undefined && answer.stdout.trim() !== '')
          fetched.push(path.slice(path.lastIndexOf('/') + 1));
        return answer;
      });
    },
  };
  const never = new AbortController().signal;
  const ledger = createLedger();
  const { host } = nodeFor(topology, 'gateway');
  const world: World = { topology, now: caseTime, baseDirectory: base, hosts: new Set(['gw']) };
  const outcome = await visit<World>(
    {
      world,
      dryRun: false,
      ledger,
      emit: (event) => {
        if (event.type === 'change-planned') planned.push(event.summary.replace(/ [^ ]*\//, ' '));
      },
      stop: never,
      abort: never,
      connectionTo: async () => watched,
      lockAt: async () => undefined,
      looker: createLooker(async () => connection, ledger),
      clock: () => 0,
    },
    { play: 'a play', host: host.name, step: 'install-keystores' },
    host,
    { step: installKeystores, params: {} },
    undefined,
    createTurns(),
  );
  await connection.close();
  if (outcome.kind === 'failed') throw outcome.error;
  return { kind: outcome.kind, planned, fetched: fetched.sort() };
}

it('no store travels once all is as it was left there', async () => {
  expect(await run()).toEqual({
    kind: 'changed',
    planned: [
      'write primary.jks',
      'write tls.jks',
      'trust the cluster’s certificates in client-truststore.jks',
      'remove the shipped keystore wso2carbon.jks',
    ],
    fetched: ['client-truststore.jks', 'wso2carbon.jks'],
  });
  expect(await run()).toEqual({ kind: 'unchanged', planned: [], fetched: [] });
});

it('a truststore into which the product has put more is looked at, and left alone', async () => {
  await run();
  const more: JksEntry = {
    type: 'trusted',
    alias: 'an-endpoint',
    date: new Date(0),
    certificate: toDer(otherMaterial.authority.certificate),
  };
  write([...trusted(), more]);
  expect(await run()).toEqual({ kind: 'unchanged', planned: [], fetched: ['client-truststore.jks'] });
  expect(trusted().map(({ alias }) => alias)).toContain('an-endpoint');
});

it('a truststore out of which somebody has taken one of ours is mended', async () => {
  await run();
  const all = trusted();
  write(all.slice(1));
  const again = await run();
  expect(again.planned).toEqual(['trust the cluster’s certificates in client-truststore.jks']);
  const aliases = (entries: readonly JksEntry[]) => entries.map(({ alias }) => alias).sort();
  expect(aliases(trusted())).toEqual(aliases(all));
  expect((await run()).fetched).toEqual([]);
});

it('a truststore as it was left is looked at once something else is wanted', async () => {
  await run();
  const { settings } = topology;
  const certificates = { ...settings.certificates, distrust: ['f'.repeat(64)] };
  topology = { ...topology, settings: { ...settings, certificates } };
  expect(await run()).toEqual({ kind: 'unchanged', planned: [], fetched: ['client-truststore.jks'] });
});

it('a keystore that is not as it is to be is looked at before another takes its place', async () => {
  await run();
  writeFileSync(join(folder(), 'tls.jks'), keystoreOf(material.primary, 'tls', 'fake-keystore-password'));
  expect(await run()).toEqual({ kind: 'changed', planned: ['write tls.jks'], fetched: ['tls.jks'] });
});

it('a keystore of ours in the place of another is not taken for it', async () => {
  await run();
  copyFileSync(join(folder(), 'tls.jks'), join(folder(), 'primary.jks'));
  await expect(run()).rejects.toThrow(/gw holds keys that .*pki does not have/);
});
