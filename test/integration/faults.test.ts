import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Event } from '../../src/engine/event.ts';
import { createLab } from '../lab/lab.ts';
import { failuresIn, startTool, type ToolResult } from '../support/tool.ts';
import { createTrio, made, type Step, type Trio } from '../support/trio.ts';

/**
 * What befalls a host before a run and in the middle of one, by playbooks that need no deployment. Each fault has hosts of its
 * own, so all go at the same time: most of the time is spent waiting for somebody who does not answer. docs/failures.md tells
 * people of all of them.
 */

const lab = createLab({ name: 'faults', network: '10.110.0', disk: '64m' });

const atHost = async (host: string, command: string) => {
  const { code, stdout, stderr } = await lab.exec(host, command);
  if (code !== 0) throw new Error(`${host}: ${command}\n${stdout}${stderr}`);
};
const sshd = (host: string, line: string) =>
  atHost(host, `sed -i "1i ${line}" /etc/ssh/sshd_config; kill -HUP $(cat /run/sshd.pid)`);
const listen = (host: string) =>
  atHost(host, 'setsid socat TCP-LISTEN:8080,fork,reuseaddr /dev/null >/dev/null 2>&1 &');

const working: readonly Step[] = [made('/tmp/made', 3)];
const uploading: readonly Step[] = [{ 'copy-file': { from: 'large', to: '/srv/up/large' } }];
const waiting: readonly Step[] = [{ 'wait-for-port': { port: 8080, timeout: '5m' } }];
const looking: readonly Step[] = [
  { 'run-command': { command: 'touch /tmp/made', unless: 'test -e /tmp/made || { sleep 60; false; }' } },
];
const all: readonly Step[] = [
  made('/tmp/made'),
  ...uploading,
  { 'copy-file': { from: 'small', to: '/etc/small', user: 'root' } },
  { 'run-command': { command: 'touch /root/made', unless: 'test -e /root/made', user: 'root' } },
  { 'wait-for-port': { port: 22 } },
];

/** The moment in the middle of a run at which it strikes. */
const moments: Readonly<Record<string, (event: Event) => boolean>> = {
  look: (event) => event.type === 'host-connected' && event.host === 'sick',
  step: (event) => event.type === 'change-started' && event.host === 'sick' && event.step !== 'copy-file',
  upload: (event) => event.type === 'progress' && event.host === 'sick' && event.done > 0,
};

interface Fault {
  /** Of its hosts. */
  readonly name: string;
  readonly what: string;
  /** Nothing mends it but another inventory. */
  readonly lasting?: true;
  readonly steps?: readonly Step[];
  readonly vars?: () => Promise<Readonly<Record<string, unknown>>>;
  /** In the middle of the run; before it, if nothing is said. */
  readonly moment?: keyof typeof moments;
  befall(host: string): Promise<unknown>;
  mend?(host: string): Promise<unknown>;
  /** Seconds until it is told. */
  readonly within: number;
  readonly where: string;
  readonly says: RegExp;
}

const cut = { befall: (host: string) => lab.partition(host), mend: (host: string) => lab.heal(host) };
const dropped = { befall: (host: string) => lab.drop(host), mend: (host: string) => lab.undrop(host) };
const frozen = { befall: (host: string) => lab.pause(host), mend: (host: string) => lab.unpause(host) };
const killed = { befall: (host: string) => lab.killSshd(host), mend: (host: string) => lab.startSshd(host) };
/** It is noticed in the middle of what was done, or by the question that came after it. */
const during = (what: string) =>
  new RegExp(
    `wso2@\\S+( went away while ${what} \\(|: )it has given no sign of life for 40 s.*see whether it is up and reached; then run the same command again`,
  );
const command = 'this ran: sleep 3; touch /tmp/made';

const faults: readonly Fault[] = [
  {
    name: 'name',
    what: 'whose name is not resolved',
    lasting: true,
    vars: async () => ({ ansible_host: 'no-such-host.invalid' }),
    befall: async () => undefined,
    within: 10,
    where: 'sick',
    says: /wso2@no-such-host\.invalid cannot be reached: its address cannot be resolved.*correct ansible_host/,
  },
  {
    name: 'down',
    what: 'that is down',
    befall: (host) => lab.powerOff(host),
    mend: (host) => lab.powerOn(host),
    within: 15,
    where: 'sick',
    says: /wso2@\S+ cannot be reached: (no answer within 15 s|no route to it).*is it up/,
  },
  {
    name: 'ref',
    what: 'whose sshd does not run',
    ...killed,
    within: 1,
    where: 'sick',
    says: /wso2@\S+ cannot be reached: connection refused.*does sshd listen there/,
  },
  {
    name: 'dropc',
    what: 'that loses all packets',
    ...dropped,
    within: 15,
    where: 'sick',
    says: /cannot be reached: no answer within 15 s"/,
  },
  {
    name: 'frzc',
    what: 'that is frozen',
    ...frozen,
    within: 15,
    where: 'sick',
    says: /cannot be reached: no answer within 15 s of the handshake/,
  },
  {
    name: 'cutu',
    what: 'that is cut off in the middle of an upload',
    steps: uploading,
    moment: 'upload',
    ...cut,
    within: 40,
    where: 'sick copy-file',
    says: during('/srv/up/large was uploaded'),
  },
  {
    name: 'cuts',
    what: 'that is cut off in the middle of a step',
    moment: 'step',
    ...cut,
    within: 40,
    where: 'sick run-command',
    says: during(command),
  },
  {
    name: 'cutw',
    what: 'that is cut off in the middle of a wait',
    steps: waiting,
    moment: 'step',
    befall: cut.befall,
    async mend(host) {
      await lab.heal(host);
      await listen(host);
    },
    within: 40,
    where: 'sick wait-for-port',
    says: /wso2@\S+ (went away|cannot be reached).*it has given no sign of life for 40 s.*run the same command again/,
  },
  {
    name: 'cutl',
    what: 'that is cut off while it is looked at',
    steps: looking,
    moment: 'look',
    befall: cut.befall,
    async mend(host) {
      await lab.heal(host);
      await atHost(host, 'touch /tmp/made');
    },
    within: 40,
    where: 'sick run-command',
    says: /wso2@\S+: it has given no sign of life for 40 s/,
  },
  {
    name: 'drop',
    what: 'whose packets are lost from the middle of a step on',
    moment: 'step',
    ...dropped,
    within: 40,
    where: 'sick run-command',
    says: during(command),
  },
  {
    name: 'frz',
    what: 'that is frozen in the middle of a step',
    moment: 'step',
    ...frozen,
    within: 40,
    where: 'sick run-command',
    says: during(command),
  },
  {
    name: 'kill',
    what: 'whose sshd is killed in the middle of a step',
    moment: 'step',
    ...killed,
    within: 2,
    where: 'sick run-command',
    says: /went away while this ran: sleep 3.*run the same command again/,
  },
  {
    name: 'killu',
    what: 'whose sshd is killed in the middle of an upload',
    steps: uploading,
    moment: 'upload',
    ...killed,
    within: 2,
    where: 'sick copy-file',
    says: /went away while \/srv\/up\/large was uploaded.*run the same command again/,
  },
  {
    name: 'boot',
    what: 'that is rebooted in the middle of a step',
    moment: 'step',
    befall: (host) => lab.reboot(host),
    within: 10,
    where: 'sick run-command',
    says: /went away while this ran: sleep 3/,
  },
  {
    name: 'full',
    what: 'whose disk is full while a file is uploaded',
    steps: uploading,
    befall: (host) => lab.fill(host, 2048),
    mend: (host) => lab.unfill(host),
    within: 5,
    where: 'sick copy-file',
    says: /\/srv\/up\/large could not be uploaded to wso2@\S+: .*MB are free there.*free space on its disk/,
  },
  {
    name: 'fullo',
    what: 'whose disk is full while a file of another user is put in place',
    steps: [{ 'copy-file': { from: 'large', to: '/etc/large', user: 'root' } }],
    befall: (host) => lab.fill(host, 400),
    mend: (host) => lab.unfill(host),
    within: 5,
    where: 'sick copy-file',
    says: /\/etc\/large.*No space left/,
  },
  {
    name: 'ro',
    what: 'with a folder that is read-only',
    steps: uploading,
    befall: (host) => atHost(host, 'mount --bind /srv/up /srv/up && mount -o remount,bind,ro /srv/up'),
    mend: (host) => atHost(host, 'umount /srv/up'),
    within: 5,
    where: 'sick copy-file',
    says: /\/srv\/up\/large could not be uploaded to wso2@\S+: .*Read-only file system.*mount it for writing/,
  },
  {
    name: 'pw',
    lasting: true,
    what: 'whose sudo wants another password',
    vars: async () => ({ ansible_user: 'deploy', ansible_become_password: 'fake-wrong' }),
    steps: [all[3] ?? ''],
    befall: async () => undefined,
    within: 10,
    where: 'sick run-command',
    says: /cannot act as root: .*correct ansible_become_password/,
  },
  {
    name: 'tty',
    what: 'whose sudo wants a terminal',
    steps: [all[3] ?? ''],
    befall: (host) => atHost(host, "echo 'Defaults requiretty' > /etc/sudoers.d/tty"),
    mend: (host) => atHost(host, 'rm /etc/sudoers.d/tty'),
    within: 2,
    where: 'sick run-command',
    says: /cannot act as root: .*tty.*requiretty/,
  },
  {
    name: 'sess',
    what: 'that allows one session a connection',
    steps: working,
    befall: (host) => sshd(host, 'MaxSessions 1'),
    mend: (host) => sshd(host, 'MaxSessions 10'),
    within: 20,
    where: 'sick run-command',
    says: /opens no channel.*MaxSessions/,
  },
];

interface Oddity {
  readonly name: string;
  /** What is to be true in the end. */
  afterwards?(host: string): Promise<boolean>;
  readonly what: string;
  readonly vars?: () => Promise<Readonly<Record<string, unknown>>>;
  befall(host: string): Promise<unknown>;
}

const greeting = 'echo Welcome to this server; echo It is watched >&2';
const shell = (path: string) => (host: string) => atHost(host, `usermod -s ${path} wso2`);
const oddities: readonly Oddity[] = [
  {
    name: 'far',
    what: '200 ms away that loses 2 % of its packets',
    befall: (host) => lab.netem(host, 100, 2),
  },
  {
    name: 'greet',
    what: 'whose login shell prints a greeting',
    befall: (host) =>
      atHost(
        host,
        `sed -i '1i ${greeting}' /home/wso2/.bashrc 2>/dev/null || echo '${greeting}' > /home/wso2/.bashrc; usermod -s /bin/bash wso2`,
      ),
  },
  { name: 'fish', what: 'whose login shell is fish', befall: shell('/usr/bin/fish') },
  {
    name: 'csh',
    what: 'whose login shell is csh, and greets',
    befall: async (host) => {
      await shell('/bin/csh')(host);
      await atHost(host, 'echo "echo Welcome" > /home/wso2/.cshrc');
    },
  },
  {
    name: 'busy',
    what: 'whose login shell is that of busybox',
    befall: async (host) => {
      await atHost(host, 'mkdir -p /opt/b; ln -s /bin/busybox /opt/b/ash');
      await shell('/opt/b/ash')(host);
    },
  },
  {
    name: 'lect',
    what: 'whose sudo lectures',
    vars: async () => ({ ansible_user: 'deploy', ansible_become_password: await lab.deployPassword() }),
    befall: (host) => atHost(host, "echo 'Defaults lecture=always' > /etc/sudoers.d/lecture"),
  },
  {
    name: 'lecto',
    what: 'whose sudo lectures on stdout',
    befall: (host) =>
      atHost(
        host,
        `printf '#!/bin/sh\\necho We trust you\\nexec /usr/bin/sudo "$@"\\n' > /usr/local/bin/sudo; chmod 755 /usr/local/bin/sudo`,
      ),
  },
  {
    // There is no SELinux here: what it would be asked to do is noted instead.
    name: 'label',
    what: 'that has SELinux',
    befall: (host) =>
      atHost(
        host,
        `printf '#!/bin/sh\\necho "$@" >> /var/log/labels\\n' > /usr/local/sbin/restorecon; chmod 755 /usr/local/sbin/restorecon`,
      ),
    afterwards: async (host) => (await lab.exec(host, 'cat /var/log/labels')).stdout === '/etc/small\n',
  },
];

const stops: readonly { name: string; what: string; steps: readonly Step[]; moment: keyof typeof moments }[] =
  [
    { name: 'endl', what: 'while it is looked at', steps: looking, moment: 'look' },
    { name: 'ends', what: 'in the middle of a step', steps: working, moment: 'step' },
    { name: 'endu', what: 'in the middle of an upload', steps: uploading, moment: 'upload' },
    { name: 'endw', what: 'in the middle of a wait', steps: waiting, moment: 'step' },
  ];

beforeAll(async () => {
  await lab.down();
  await lab.up([
    ...[...faults, ...oddities, ...stops, { name: 'once' }].flatMap(({ name }) =>
      ['s', 'w', 'l'].map((end) => `${name}${end}`),
    ),
    'many',
    'exec',
  ]);
});
afterAll(() => lab.down());

async function trioFor(name: string, steps: readonly Step[], vars: Fault['vars']): Promise<Trio> {
  const trio = await createTrio(lab, name, { steps, ...(vars === undefined ? {} : { vars: await vars() }) });
  const size = steps === uploading ? 12_000_000 : 300_000;
  await writeFile(join(trio.folder, 'large'), randomBytes(size));
  await writeFile(join(trio.folder, 'small'), 'small\n');
  for (const end of ['s', 'w']) await atHost(`${name}${end}`, 'mkdir -p /srv/up; chmod 777 /srv/up');
  if (steps === uploading) await lab.rate(trio.sick, '30mbit');
  if (steps === waiting) await listen(`${name}w`);
  return trio;
}

const endedIn = ({ events }: ToolResult, host: string) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.host === host ? [event.outcome] : []));

describe.concurrent('a host', () => {
  it.for(faults)('$what', { timeout: 240_000 }, async (fault, { expect }) => {
    const { name, steps = working, moment, within } = fault;
    const trio = await trioFor(name, steps, fault.vars);
    if (moment === undefined) await fault.befall(trio.sick);
    const run = trio.start();
    if (moment !== undefined) {
      await run.seen(moments[moment] ?? (() => false));
      await fault.befall(trio.sick);
    }
    const began = Date.now();
    const result = await run.ended;
    // So much more is for a machine on which all of this goes at once.
    expect((Date.now() - began) / 1000).toBeLessThan(within + 30);
    expect(result.code).toBe(1);
    expect(failuresIn(result)).toEqual([{ where: fault.where, text: expect.stringMatching(fault.says) }]);
    expect(endedIn(result, 'well')).toEqual(steps.map(() => (steps === waiting ? 'unchanged' : 'changed')));
    expect(endedIn(result, 'later')).toEqual([]);
    await fault.mend?.(trio.sick);
    if (fault.lasting === true) return trio.close();
    const again = await trio.run();
    expect(failuresIn(again)).toEqual([]);
    expect(again.code).toBe(0);
    expect(endedIn(again, 'later')).toEqual(['changed']);
    await trio.close();
  });

  it.for(oddities)('$what is worked on like any other', { timeout: 240_000 }, async (oddity, { expect }) => {
    const trio = await trioFor(oddity.name, all, oddity.vars);
    await oddity.befall(trio.sick);
    const result = await trio.run();
    expect(failuresIn(result)).toEqual([]);
    expect(endedIn(result, 'sick')).toEqual(['changed', 'changed', 'changed', 'changed', 'unchanged']);
    const again = await trio.run();
    expect(again.events.at(-1)).toMatchObject({ outcome: 'ok', changed: 0 });
    expect(await oddity.afterwards?.(trio.sick)).not.toBe(false);
    await trio.close();
  });

  it('that takes two at a time who are not in yet is entered by three users', async ({ expect }) => {
    const trio = await createTrio(lab, 'down', { steps: [] });
    await sshd('many', 'MaxStartups 2');
    const { all: text } = JSON.parse(await readFile(trio.inventory, 'utf8'));
    const address = await lab.address('many');
    text.hosts = Object.fromEntries(
      ['root', 'wso2', 'deploy'].map((user) => [user, { ansible_host: address, ansible_user: user }]),
    );
    await writeFile(trio.inventory, JSON.stringify({ all: text }));
    for (let round = 0; round < 3; round++) {
      const { code, stdout } = await startTool(['exec', trio.inventory, 'all', '--', 'id', '-un']).ended;
      expect(stdout.trim().split('\n').sort()).toEqual(['deploy | deploy', 'root   | root', 'wso2   | wso2']);
      expect(code).toBe(0);
    }
    await trio.close();
  });
});

describe.concurrent('the first Ctrl-C', () => {
  it('lets the action under way end, says what is left, and lets go of the lock', async ({ expect }) => {
    const trio = await createTrio(lab, 'once', { steps: [made('/tmp/made', 3), made('/tmp/next')] });
    const run = trio.start();
    await run.seen(moments.step ?? (() => false));
    run.child.kill('SIGINT');
    const result = await run.ended;
    expect(result.code).toBe(130);
    expect(failuresIn(result)).toEqual([]);
    expect(endedIn(result, 'sick')).toEqual(['changed']);
    expect(result.events.at(-1)).toMatchObject({
      outcome: 'interrupted',
      tallies: [
        { host: 'sick', changed: 1, left: 1 },
        { host: 'well', changed: 1, left: 1 },
        { host: 'later', changed: 0, left: 1 },
      ],
    });
    const again = await trio.run();
    expect(endedIn(again, 'sick')).toEqual(['unchanged', 'changed']);
    expect(again.code).toBe(0);
    await trio.close();
  });
});

describe.concurrent('the second Ctrl-C against a server that does not answer', () => {
  it.for(stops)(
    '$what ends the run at once',
    { timeout: 120_000 },
    async ({ name, steps, moment }, { expect }) => {
      const trio = await trioFor(name, steps, undefined);
      const run = trio.start();
      await run.seen(moments[moment] ?? (() => false));
      await lab.drop(trio.sick);
      const began = Date.now();
      run.child.kill('SIGINT');
      await run.seen((event) => event.type === 'run-ending');
      run.child.kill('SIGINT');
      const result = await run.ended;
      // Long before it would be known that the server is lost.
      expect((Date.now() - began) / 1000).toBeLessThan(30);
      expect(result.code).toBe(130);
      await trio.close();
    },
  );

  it('is the first with exec', { timeout: 120_000 }, async ({ expect }) => {
    const trio = await createTrio(lab, 'down', { steps: [] });
    const inventory = join(trio.folder, 'exec.yaml');
    const { all: text } = JSON.parse(await readFile(trio.inventory, 'utf8'));
    text.hosts = { one: { ansible_host: await lab.address('exec') } };
    await writeFile(inventory, JSON.stringify({ all: text }));
    const run = startTool(['exec', inventory, 'all', '--', 'echo begun; sleep 100']);
    await new Promise((begun) => run.child.stdout?.once('data', begun));
    await lab.drop('exec');
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    await trio.close();
  });
});
