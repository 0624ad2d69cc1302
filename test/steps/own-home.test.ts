import { describe, expect, it } from 'vitest';
import type { Asks, AsksThere } from '../../src/engine/step.ts';
import { sh } from '../../src/shell/command.ts';
import { nothing, step, type World } from '../../src/steps/define.ts';
import { register } from '../../src/steps/index.ts';
import { inOwnHome } from '../../src/steps/own-home.ts';
import { fiveEntries, nodeFor, topologyOf, type Values } from '../support/topologies.ts';

const foreign = 'foreign\nowner wso2\nversion WSO2 API Manager v3.2.0\nname bin\n';

/** Answers as a server whose home is somebody else’s, and on which nothing else is. */
const there: AsksThere = {
  there: async ({ text }) => ({ code: 0, stdout: text.includes('echo foreign') ? foreign : '', stderr: '' }),
  read: async () => undefined,
  sql: async () => ({ ok: false, code: 'none', why: 'there is none' }),
  probe: async () => ({ ok: false, why: 'there is none' }),
};
const asks: Asks = {
  ...there,
  at: () => there,
  here: async () => ({ code: 0, stdout: '', stderr: '' }),
  once: (question, about) => question(asks, about),
};

async function spot(own: Values) {
  const topology = await topologyOf({ groups: fiveEntries((name) => (name === 'gw' ? own : {})) });
  const { host } = nodeFor(topology, 'gateway');
  const world: World = { topology, now: new Date(), baseDirectory: '/', hosts: new Set([host.name]) };
  return { host, world, params: {} };
}

describe('a step that works in a home', () => {
  it.each([
    'optimize-profile',
    'share-directories',
    'check-shared-directories',
    'install-keystores',
    'create-databases',
    'install-jdbc-driver',
    'install-files',
    'write-config',
    'harden-host',
    'install-service',
    'start-server',
    'stop-server',
    'wait-ready',
  ])('leaves alone what this tool did not install: %s', async (name) => {
    await expect(register.get(name)?.inspect(await spot({}), asks)).rejects.toThrow(
      '/opt/wso2/gateway holds WSO2 API Manager v3.2.0, which this tool did not install; it belongs to wso2; no server runs in it',
    );
  });

  const touching = inOwnHome(
    step({
      name: 'touch-home',
      summary: 'Touch a home.',
      at: 'node',
      params: nothing,
      inspect: async () => 'a fact',
      plan: (_, fact) => [{ summary: fact, actions: [{ kind: 'run', command: sh`touch it`, timeoutMs: 1 }] }],
    }),
  );

  it('says of its company what it would say by itself', async () => {
    const shy = inOwnHome(
      step({
        name: 'be-alone',
        summary: 'Be alone.',
        at: 'node',
        params: nothing,
        inspect: async () => 'a fact',
        plan: () => [],
        company: (_, fact) => ({ alone: fact }),
      }),
    );
    const at = await spot({ replace_foreign: true });
    expect(shy.company?.(at, await shy.inspect(at, asks))).toEqual({ alone: 'a fact' });
    expect(touching.company).toBeUndefined();
  });

  it('is planned where that may be replaced, and done only once it has been', async () => {
    const at = await spot({ replace_foreign: true });
    const [change] = touching.plan(at, await touching.inspect(at, asks));
    expect(change?.summary).toBe('a fact');
    expect(change?.needs).toBe('install-pack');
  });

  it.each(['none\n', 'own\n', ''])('is itself where nothing else is: %j', async (stdout) => {
    const at = await spot({});
    const elsewhere = { ...there, there: async () => ({ code: 0, stdout, stderr: '' }) };
    const looking: Asks = {
      ...asks,
      ...elsewhere,
      at: () => elsewhere,
      once: (question, about) => question(looking, about),
    };
    const [change] = touching.plan(at, await touching.inspect(at, looking));
    expect(change?.actions).toHaveLength(1);
    expect(change?.needs).toBeUndefined();
  });
});
