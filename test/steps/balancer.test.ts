import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  balancerUnit,
  balancerUnitFile,
  findProgram,
  isBalancing,
} from '../../src/apim/balancer/commands.ts';
import { haproxyConfig } from '../../src/apim/balancer/haproxy.ts';
import { type BalancerSoftware, balancerFiles } from '../../src/apim/balancer/model.ts';
import { nginxConfig } from '../../src/apim/balancer/nginx.ts';
import { balancerModel } from '../../src/apim/config/balancer-model.ts';
import type { Probe } from '../../src/connection/probe.ts';
import { as, sh } from '../../src/shell/command.ts';
import { checksum, readText } from '../../src/shell/files.ts';
import { hasSystemd, isUnitEnabled, unitPath } from '../../src/shell/service.ts';
import { balancerStatus } from '../../src/steps/balancer-status.ts';
import { drainNodes } from '../../src/steps/drain-nodes.ts';
import { installBalancer } from '../../src/steps/install-balancer.ts';
import { createGround, type Ground } from '../support/ground.ts';
import { materialFor, writeFolder } from '../support/material.ts';
import { lineOf } from '../support/step-cases.ts';
import { balancer, nodeFor, tenEntries, tenHosts } from '../support/topologies.ts';

const material = await materialFor(await tenHosts(), ['lb']);
const own = material.nodes.get('lb') ?? material.primary;
const bundle = [own.certificate, ...own.chain, own.key].join('');
const roots = material.authority.certificate;
const sum = (text: string) => createHash('sha256').update(text).digest('hex');

let ground: Ground;
const on = async (software: BalancerSoftware) => {
  ground?.remove();
  ground = await createGround({
    apim: { load_balancer: { ...balancer, software } },
    groups: tenEntries(),
  });
};
afterEach(() => ground.remove());

const site = () => ground.at('lb', {});
const inspect = () => installBalancer.inspect(site(), ground.from('lb'));
const configOf = (software: BalancerSoftware, drained: readonly string[]) => {
  const model = balancerModel(ground.topology, { drained, resting: [] });
  return software === 'nginx' ? nginxConfig(model) : haproxyConfig(model);
};

/** A balancer that does what it should, with these nodes drained; its files are for root only. */
function sound(software: BalancerSoftware, drained: readonly string[] = []) {
  writeFolder(`${ground.folder}/pki`, material);
  const files = balancerFiles(software);
  const config = configOf(software, drained);
  const program = `/usr/sbin/${software}`;
  ground.say(findProgram(software), `${program}\n`);
  ground.say(as('root', readText(files.config)), config);
  ground.say(as('root', checksum(files.certificate)), `${sum(bundle)}\n`);
  ground.say(as('root', checksum(files.authority)), `${sum(roots)}\n`);
  ground.say(as('root', readText(files.drained)), drained.map((name) => `${name}\n`).join(''));
  const noted = software === 'nginx' ? drained.map((name) => `${name}\n`).join('') : '';
  ground.say(as('root', sh`ls -1 ${files.resting} 2>/dev/null || true`), noted);
  ground.say(as('root', readText(files.loaded)), `${sum([config, bundle, roots].join('\n'))}\n`);
  ground.say(isBalancing(software), 'yes\n');
  ground.say(isBalancing(software === 'nginx' ? 'haproxy' : 'nginx'), '');
  ground.say(hasSystemd(), 'yes\n');
  ground.say(readText(unitPath(balancerUnit)), balancerUnitFile(software, program));
  ground.say(isUnitEnabled(balancerUnit), 'enabled\n');
}

describe.each<BalancerSoftware>(['nginx', 'haproxy'])('a balancer of %s', (software) => {
  beforeEach(() => on(software));
  const other = software === 'nginx' ? 'haproxy' : 'nginx';
  const plan = async () => installBalancer.plan(site(), await inspect());
  const summaries = async () => (await plan()).map(({ summary }) => summary);

  it('is left alone when all is as it should be', async () => {
    sound(software, ['gw2']);
    const found = { drained: ['gw2'], resting: [], running: true, otherRunning: false };
    expect(await inspect()).toMatchObject(found);
    expect(await plan()).toEqual([]);
  });

  it('is written and started where there is only the program', async () => {
    writeFolder(`${ground.folder}/pki`, material);
    ground.say(findProgram(software), `/usr/sbin/${software}\n`);
    ground.say(hasSystemd(), '');
    expect(await inspect()).toMatchObject({
      config: '',
      certificate: '',
      authority: '',
      drained: [],
      loaded: '',
      running: false,
      otherRunning: false,
      unit: undefined,
    });
    expect(await summaries()).toEqual([
      `install the certificate of the load balancer in ${balancerFiles(software).folder}`,
      `write ${balancerFiles(software).config}`,
      `start ${software}`,
    ]);
    const [first] = await plan();
    expect(first?.actions.map(lineOf)).toEqual([
      expect.stringMatching(/^run \(root\) mkdir/),
      expect.stringMatching(/^put \(root\) .*site\.pem 600/),
      expect.stringMatching(/^put \(root\) .*ca\.pem 600/),
    ]);
  });

  it('is tested with a candidate before that is switched on', async () => {
    sound(software);
    ground.say(as('root', readText(balancerFiles(software).config)), 'older');
    const [change] = await plan();
    const wanted = configOf(software, []);
    expect(change?.diff).toEqual({ before: 'older', after: wanted });
    expect(change?.actions.slice(1)).toMatchObject([
      { kind: 'put', path: balancerFiles(software).candidate, content: wanted },
      { kind: 'run', hint: expect.stringContaining('goes on with the configuration it has') },
      { kind: 'run', command: { user: 'root', text: expect.stringMatching(/^mv -fT .*candidate/) } },
    ]);
  });

  it('stops the other program that balanced here before', async () => {
    sound(software);
    ground.say(isBalancing(other), 'yes\n');
    expect(await summaries()).toEqual([`stop ${other}, which balanced here before`]);
  });

  it.each([
    ['its unit is another', 'a unit', 'enabled\n'],
    ['its unit is not started at boot', undefined, 'disabled\n'],
  ])('is given to systemd if %s', async (_what, text, enabled) => {
    sound(software);
    const unit = balancerUnitFile(software, `/usr/sbin/${software}`);
    ground.say(readText(unitPath(balancerUnit)), text ?? unit);
    ground.say(isUnitEnabled(balancerUnit), enabled);
    const changes = await plan();
    expect(changes.map(({ summary }) => summary)).toEqual([`install the service ${balancerUnit}`]);
    expect(changes[0]?.diff).toEqual({ before: text ?? unit, after: unit });
    expect(changes[0]?.actions.map(lineOf)).toEqual([
      `put (root) ${unitPath(balancerUnit)} 644 ${JSON.stringify(unit)}`,
      expect.stringMatching(/^run \(root\) systemctl daemon-reload .*enable/),
    ]);
  });

  it('is started by systemd where there is one, else by itself', async () => {
    sound(software);
    ground.say(isBalancing(software), '');
    const start = async () =>
      lineOf((await plan())[0]?.actions[0] ?? { kind: 'put', path: '', content: '', mode: 0 });
    expect(await start()).toMatch(/^run \(root\) .*systemctl start apim-balancer/);
    ground.say(hasSystemd(), '');
    expect(await start()).not.toContain('systemctl start');
  });

  it('is reloaded once something else is to be loaded, and asked under each of its names before that is noted', async () => {
    sound(software);
    ground.say(as('root', readText(balancerFiles(software).loaded)), 'older\n');
    const [change] = await plan();
    expect(change?.summary).toBe(`reload ${software}`);
    const [wait, note] = change?.actions.slice(-2) ?? [];
    const before = change?.actions.slice(0, -2) ?? [];
    // Asked to reload what it refuses, it would go on with the old, and tell nobody; its own words are for people.
    const [first] = before;
    expect(first).toMatchObject({ hint: expect.stringContaining('goes on with the configuration it has') });
    expect(before.map(lineOf)).toEqual(
      software === 'nginx'
        ? [
            expect.stringMatching(/ -q -t -c \S+\/nginx\.conf$/),
            // nginx closes idle connections at a reload, so there are to be none.
            'run (root) touch /run/apim-balancer/closing',
            expect.stringMatching(/^wait for clients to keep no connection/),
            expect.stringContaining('kill -s HUP'),
            'run (root) rm -f /run/apim-balancer/closing',
          ]
        : [
            expect.stringMatching(/haproxy -c -f \S+\/haproxy\.cfg >\/dev\/null$/),
            expect.stringContaining('kill -s USR2'),
          ],
    );
    const reload = before.find((action) => lineOf(action).includes('kill -s'));
    expect(reload).toMatchObject({ kind: 'run', command: { user: 'root' } });
    const probes = wait?.kind === 'wait' ? wait.until : [];
    expect(probes).toContainEqual({
      what: 'port 443 as km.example.com',
      probe: { host: '127.0.0.1', port: 443, tls: { name: 'km.example.com', ca: roots } },
    });
    expect(probes).toContainEqual({ what: 'port 80', probe: { host: '127.0.0.1', port: 80 } });
    expect(wait).toMatchObject({
      hint: expect.stringContaining('another program'),
      tail: { user: 'root', text: expect.stringContaining('/var/log/apim-balancer/error.log') },
    });
    const loaded = sum([configOf(software, []), bundle, roots].join('\n'));
    expect(note).toMatchObject({ path: '/run/apim-balancer/loaded', content: `${loaded}\n`, user: 'root' });
  });

  describe('in status', () => {
    const status = (probe: (probe: Probe) => boolean = () => true) =>
      balancerStatus(
        site(),
        ground.from('lb', {
          probe: async (asked) => (probe(asked) ? { ok: true } : { ok: false, why: 'no answer' }),
        }),
      );

    it('is ready if each port answers, under each of its names', async () => {
      sound(software, ['gw2']);
      expect(await status()).toEqual({
        host: 'lb',
        role: 'load-balancer',
        pid: undefined,
        version: software,
        uptimeSeconds: undefined,
        certificateEnds: expect.stringMatching(/^2028-06-03T/),
        ready: true,
        notes: ['drained: gw2'],
      });
    });

    it('names the ports that do not answer', async () => {
      sound(software);
      expect(await status(({ port, tls }) => port !== 80 && tls?.name !== 'km.example.com')).toMatchObject({
        ready: false,
        notes: ['port 80: no answer', 'port 443 as km.example.com: no answer'],
      });
    });

    it('does not ask a balancer that does not run', async () => {
      sound(software, ['gw2']);
      ground.say(isBalancing(software), '');
      const asked: Probe[] = [];
      expect(await status((probe) => asked.push(probe) > 0)).toMatchObject({
        ready: false,
        notes: ['not running', 'drained: gw2'],
      });
      expect(asked).toEqual([]);
    });

    it('has no certificate that ends while none is made', async () => {
      sound(software);
      ground.remove();
      expect(await status()).toMatchObject({ certificateEnds: undefined });
    });
  });
});

describe('a balancer that somebody else runs', () => {
  beforeEach(async () => {
    ground?.remove();
    ground = await createGround();
  });
  const at = () => ({ ...ground.at('gw', {}), host: nodeFor(ground.topology, 'gateway').host });

  it('is not looked at, and has no status', async () => {
    expect(await installBalancer.inspect(at(), ground.from('gw'))).toBeUndefined();
    await expect(balancerStatus(at(), ground.from('gw'))).rejects.toThrow('gw is no balancer');
  });

  it('is for others to drain', async () => {
    const site = { ...at(), params: { nodes: ['gw'], back: false } };
    await expect(drainNodes.inspect(site, ground.from('gw'))).rejects.toMatchObject({
      cause: 'there is no load balancer that this tool runs',
      hint: expect.stringContaining('drain the node at the external balancer'),
    });
  });
});

describe('drain-nodes', () => {
  it('sees what install-balancer sees', async () => {
    await on('nginx');
    sound('nginx', ['gw2']);
    const params = { nodes: ['gw2'], back: false };
    expect(await drainNodes.inspect(ground.at('lb', params), ground.from('lb'))).toEqual(await inspect());
  });
});
