import { describe, expect, it } from 'vitest';
import { knownGroups } from '../src/cli/session.ts';
import { schedule } from '../src/engine/schedule.ts';
import { loadPlaybook } from '../src/input/playbook.ts';
import { register } from '../src/steps/index.ts';
import { inventoryFrom, inventoryText, tenEntries } from './support/topologies.ts';

const inventory = await inventoryFrom(inventoryText({ groups: tenEntries() }));
const plays = async (name: string) =>
  schedule(await loadPlaybook(`playbooks/${name}.yaml`), register, { inventory, known: knownGroups });
const groupsOf = async (name: string) =>
  (await plays(name)).at(-1)?.groups.map((group) => group.map((host) => host.name).join(' '));
const rolling = ['drain-node', 'wait-drained', 'start-server', 'wait-ready', 'undrain-node'];
const documented = ['km1 km2', 'tm1 tm2', 'pub1 pub2', 'dev1 dev2', 'gw1 gw2'];

describe('the playbooks that come with the tool', () => {
  it.each(['deploy', 'start'])('%s: start component by component, in the documented order', async (name) => {
    const start = (await plays(name)).find((play) => play.name.startsWith('Start'));
    expect(start?.groups.map((group) => group.map((host) => host.name).join(' '))).toEqual(documented);
    expect(start).toMatchObject({
      waves: true,
      calls: rolling.map((step) => ({ step: { name: step } })),
    });
  });

  it('restart component by component, every server, and then note that it is over', async () => {
    const [restart, finish] = await plays('rolling-restart');
    expect(restart?.groups.map((group) => group.map((host) => host.name).join(' '))).toEqual(documented);
    expect(restart).toMatchObject({
      waves: true,
      calls: rolling.map((step) => ({
        step: { name: step },
        params: step === 'wait-ready' ? {} : { requested: true },
      })),
    });
    expect(finish?.calls.map(({ step }) => step.name)).toEqual(['finish-restart']);
  });

  it('restart by force without waiting for what is in flight', async () => {
    const [restart, finish] = await plays('forced-restart');
    expect(restart?.groups.map((group) => group.map((host) => host.name).join(' '))).toEqual(documented);
    expect(restart).toMatchObject({
      waves: true,
      calls: rolling
        .filter((step) => step !== 'wait-drained')
        .map((step) => ({ step: { name: step }, params: { forced: true } })),
    });
    expect(finish?.calls.map(({ step }) => step.name)).toEqual(['finish-restart']);
  });

  it('rotate certificates, which all servers then are restarted with, and end once peers verified them', async () => {
    const all = await plays('rotate-certificates');
    expect(all.map(({ calls }) => calls.map(({ step }) => step.name))).toEqual([
      ['check-host', 'check-keystores'],
      ['replace-certificates', 'issue-certificates'],
      ['install-keystores'],
      ['install-balancer'],
      rolling,
      ['verify-handshakes'],
      ['finish-rotation'],
    ]);
  });

  it('rotate the authority in three phases: trust both, show the new, trust one', async () => {
    const all = await plays('rotate-authority');
    const phase = [['install-keystores'], ['install-balancer'], rolling];
    expect(all.map(({ calls }) => calls.map(({ step }) => step.name))).toEqual([
      ['check-host', 'check-keystores'],
      ['make-next-authority', 'issue-certificates'],
      ...phase,
      ['replace-certificates', 'issue-certificates'],
      ...phase,
      ['verify-handshakes'],
      ['withdraw-authority'],
      ...phase,
      ['verify-handshakes'],
      ['finish-rotation'],
    ]);
    expect(all.filter(({ waves }) => waves)).toHaveLength(3);
  });

  it('have a key sign tokens that all publish and trust before, and withdraw the one before in a run of its own', async () => {
    const steps = async (name: string) =>
      (await plays(name)).map(({ calls }) => calls.map(({ step }) => step.name));
    expect(await steps('rotate-primary')).toEqual([
      ['check-host', 'check-keystores'],
      ['make-next-signing-key'],
      ['install-keystores'],
      rolling,
      ['switch-signing-key'],
      ['install-keystores', 'write-config'],
      rolling,
    ]);
    expect(await steps('withdraw-primary')).toEqual([
      ['check-host', 'check-keystores'],
      ['withdraw-signing-key'],
      ['install-keystores'],
      rolling,
      ['finish-signing-key'],
    ]);
  });

  it('stop against it', async () => {
    expect(await groupsOf('stop')).toEqual([...documented].reverse());
  });

  it('do to a node whose archive is replaced while it serves all that they do to others, when its turn has come', async () => {
    const all = await plays('deploy');
    const stepsOf = (name: string) =>
      all.find((play) => play.name === name)?.calls.map(({ step }) => step.name) ?? [];
    const conditions = all.map(({ name, condition }) => [name, condition?.call.step.name, condition?.holds]);
    expect(conditions.filter(([, step]) => step !== undefined)).toEqual([
      ['Install', 'await-turn', false],
      ['Bring the archive, to nodes that serve', 'await-turn', true],
      ['Start, in the documented order', 'await-turn', false],
      ['Replace the archive, one node at a time', 'await-turn', true],
    ]);
    const install = stepsOf('Install').filter((step) => step !== 'fetch-pack');
    expect(stepsOf('Replace the archive, one node at a time')).toEqual([
      ...['drain-node', 'wait-drained'],
      ...install,
      ...['start-server', 'wait-ready', 'undrain-node'],
    ]);
    expect(all.at(-1)).toMatchObject({ waves: true });
    expect(await groupsOf('deploy')).toEqual(documented);
    expect(all.at(-1)?.calls.find(({ step }) => step.name === 'install-pack')?.params).toEqual({
      in_turn: true,
    });
  });

  it('make nothing before all nodes were looked at, and touch no server before the certificates are made', async () => {
    const [check, certificates, install] = await plays('deploy');
    expect(check).toMatchObject({ name: 'Check', beside: false });
    expect(certificates).toMatchObject({ name: 'Certificates', beside: true });
    expect(install?.calls.map(({ step, after }) => [step.name, after]).slice(0, 3)).toEqual([
      ['fetch-pack', undefined],
      ['install-pack', [1]],
      ['optimize-profile', undefined],
    ]);
  });
});
