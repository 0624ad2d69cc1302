import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { buildTopology } from '../../src/apim/build.ts';
import { dueCertificates } from '../../src/certificates/judge.ts';
import { readMaterial } from '../../src/certificates/read.ts';
import { clusterTrust } from '../../src/certificates/views.ts';
import { openLocal } from '../../src/connection/local.ts';
import { controller } from '../../src/engine/controller.ts';
import { createLedger, createLooker } from '../../src/engine/places.ts';
import type { AnyStep, Asks } from '../../src/engine/step.ts';
import type { World } from '../../src/steps/define.ts';
import { register } from '../../src/steps/index.ts';
import { material, writeFolder } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { inventoryFrom, inventoryText } from '../support/topologies.ts';

const base = mkdtempSync(join(tmpdir(), 'once-a-run-'));
const connection = openLocal();
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await connection.close();
  rmSync(base, { recursive: true });
});
writeFolder(join(base, 'pki'), material);
const topology = buildTopology(await inventoryFrom(inventoryText()), base);
const hosts = topology.nodes.map(({ host }) => host);
const world = (): World => ({
  topology,
  now: caseTime,
  baseDirectory: base,
  hosts: new Set(hosts.map(({ name }) => name)),
});

/** Every step that looks at certificates, and its questions to a server that has nothing on it. */
const steps = ['check-keystores', 'install-keystores', 'start-server', 'issue-certificates'].map((name) => {
  const step = register.get(name);
  if (step === undefined) throw new Error(`there is no step ${name}`);
  return step;
});

/** Has every step look and plan at each of these hosts; what that cost of signatures, and of trips to the folder. */
async function costAt(names: readonly string[]) {
  const verified = vi.spyOn(X509Certificate.prototype, 'verify');
  const paired = vi.spyOn(X509Certificate.prototype, 'checkPrivateKey');
  const ask = vi.spyOn(connection, 'ask');
  const looker = createLooker(async () => connection, createLedger());
  const about = world();
  for (const host of hosts.filter(({ name }) => names.includes(name)))
    for (const step of steps) await lookAndPlan(step, looker.from(host, connection), host, about);
  const cost = [verified, paired].map((spy) => spy.mock.calls.length);
  const reads = ask.mock.calls.filter(([{ text }]) => text.includes(join(base, 'pki'))).length;
  vi.restoreAllMocks();
  return { verified: cost[0], paired: cost[1], reads };
}

async function lookAndPlan(
  step: AnyStep<World>,
  asks: Asks,
  host: World['topology']['nodes'][number]['host'],
  about: World,
) {
  const site = { host: step.at === 'controller' ? controller : host, world: about, params: {} };
  const there = async () => ({ code: 0, stdout: '', stderr: '' });
  step.plan(site, await step.inspect(site, { ...asks, there }));
}

it('chains are put in order and judged once, at however many nodes and by however many steps', async () => {
  const atOne = await costAt(['km']);
  expect(atOne).toEqual({ verified: hosts.length + 1, paired: hosts.length + 2, reads: 1 });
  expect(await costAt(hosts.map(({ name }) => name))).toEqual(atOne);
});

it('what was judged once is not judged again', async () => {
  const looker = createLooker(async () => connection, createLedger());
  const about = world();
  const read = await looker.from(controller, connection).once(readMaterial, about);
  expect(dueCertificates({ ...about }, read)).toBe(dueCertificates(about, read));
  expect(clusterTrust(about, read)).toBeDefined();
  const later = { ...about, now: new Date(caseTime.getTime() + 20 * 365 * 86_400_000) };
  expect(dueCertificates(later, read).nodes.size).toBe(hosts.length);
});
