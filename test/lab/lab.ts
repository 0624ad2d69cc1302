import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Outcome, type RunOptions, runProcess } from './process.ts';

/** Which lab: labs with different names and networks live side by side. */
export interface LabOptions {
  /** A letter, then letters and digits, 9 in all; default `lab`. */
  readonly name?: string;
  /** The first three numbers of a /24; default `10.77.0`. The machine itself is `.1`. */
  readonly network?: string;
  /** Size of a host's disk, such as `512m`; default `2g`. It is memory, taken as it is used. */
  readonly disk?: string;
}

/** A host as the lab knows it. */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly kind: 'plain' | 'systemd';
  readonly state: 'up' | 'off';
}

/** How to reach the database server of a lab as its administrator. */
export interface LabDatabase {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Real SSH hosts on this machine. Every call has a deadline, and rejects with what lab.sh wrote to stderr. */
export interface Lab {
  readonly name: string;
  readonly network: string;
  /** Where the lab keeps its state; gone after `down`. */
  readonly directory: string;
  /** The private key that lets in root, wso2 and deploy. */
  readonly keyFile: string;
  /** The host keys of all hosts, by address. */
  readonly knownHostsFile: string;
  /** lab.sh's settings, for programs that call it themselves. */
  readonly environment: Readonly<Record<string, string>>;

  /** Makes h1…hN, or hosts with these names, and waits for their sshd; those that are there are left alone. */
  up(
    hosts: number | readonly string[],
    options?: { readonly systemd?: boolean },
  ): Promise<readonly LabHost[]>;
  /** Makes one host, on request with systemd as PID 1. */
  add(name: string, options?: { readonly systemd?: boolean }): Promise<LabHost>;
  /** Removes everything, or one host; also what a crash left. */
  down(host?: string): Promise<void>;
  hosts(): Promise<readonly LabHost[]>;
  /** What of this lab is on the machine, one line each; empty after `down`. */
  leftovers(): Promise<readonly string[]>;
  address(host: string): Promise<string>;

  /** More addresses of this machine in the lab's network, from which whoever calls can seem to be many; gone after `down`. */
  callers(count: number): Promise<readonly string[]>;

  /** Runs a command as root in the host, without ssh: words as they are, or a script for `sh -c`. Any code resolves. */
  exec(host: string, command: string | readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs a shell command through ssh, as wso2. Any code resolves; 255 is ssh's own. */
  ssh(host: string, command: string, options?: RunOptions): Promise<Outcome>;

  /** Starts a MariaDB server in the host, if none runs, and tells how to administer it. It comes back after a reboot. */
  database(host: string): Promise<LabDatabase>;
  /** Starts a GlusterFS server in the host and gives what to mount, such as `10.77.0.14:/shared`. */
  shared(host: string): Promise<string>;
  /** The password of the user deploy, for ssh and for sudo. */
  deployPassword(): Promise<string>;

  /** Takes the host's link down, until `heal`. */
  partition(host: string): Promise<void>;
  heal(host: string): Promise<void>;
  /** Loses all packets silently while the link stays up, until `undrop`. */
  drop(host: string): Promise<void>;
  undrop(host: string): Promise<void>;
  /** Delays every packet by so many milliseconds a way and loses some; 0 undoes it. */
  netem(host: string, delayMs: number, lossPercent?: number): Promise<void>;
  /** Limits the bandwidth, such as `1mbit`; `off` undoes it. */
  rate(host: string, rate: string): Promise<void>;
  /** Kills sshd's listener and all its sessions. */
  killSshd(host: string): Promise<void>;
  startSshd(host: string): Promise<void>;
  /** Kills every process and starts again on the same disk. */
  reboot(host: string): Promise<void>;
  powerOff(host: string): Promise<void>;
  powerOn(host: string): Promise<void>;
  /** Freezes every process, until `unpause`. */
  pause(host: string): Promise<void>;
  unpause(host: string): Promise<void>;
  /** Fills the disk but for so many kilobytes, until `unfill`. */
  fill(host: string, leaveKilobytes?: number): Promise<void>;
  unfill(host: string): Promise<void>;
  /** Moves the clock of the day by so many seconds, for users who log in from now on and what they start, not for root; 0 undoes it. */
  skew(host: string, seconds: number): Promise<void>;
}

/** The program that does the work; `lab.environment` tells it which lab is meant. */
export const labScript = fileURLToPath(new URL('./lab.sh', import.meta.url));

const couldNotEnter = 125;

/**
 * A handle on a lab; nothing is made before `up` or `add`. While this process lives, no other brings up or takes down a lab
 * of the same name. What is not given comes from LAB_NAME and LAB_NET.
 */
export function createLab(options: LabOptions = {}): Lab {
  const name = options.name ?? process.env.LAB_NAME ?? 'lab';
  const network = options.network ?? process.env.LAB_NET ?? '10.77.0';
  const directory = `/var/tmp/apim-lab-${name}`;
  const environment = {
    LAB_NAME: name,
    LAB_NET: network,
    LAB_DIR: directory,
    LAB_OWNER: process.env.LAB_OWNER ?? String(process.pid),
    ...(options.disk === undefined ? {} : { LAB_DISK: options.disk }),
  };

  const call = (argv: readonly string[], more: RunOptions = {}) =>
    runProcess([labScript, ...argv], { timeoutMs: 120_000, ...more, environment });
  const verb = async (...argv: string[]) => {
    const outcome = await call(argv);
    if (outcome.code !== 0) throw failure(argv, outcome);
    return outcome.stdout;
  };
  const act = async (...argv: string[]) => void (await verb(...argv));

  const hosts = async () => {
    const description = JSON.parse(await verb('json')) as { readonly hosts: readonly LabHost[] };
    return description.hosts;
  };
  const find = async (host: string) => {
    const found = (await hosts()).find((each) => each.name === host);
    if (found === undefined) throw new Error(`lab ${name} has no host ${host}`);
    return found;
  };
  const secret = async (of: 'deploy-password' | 'database-password') =>
    (await readFile(`${directory}/${of}`, 'utf8')).trim();

  return {
    name,
    network,
    directory,
    keyFile: `${directory}/id_ed25519`,
    knownHostsFile: `${directory}/known_hosts`,
    environment,

    async up(wanted, { systemd = false } = {}) {
      const names = typeof wanted === 'number' ? [String(wanted)] : wanted;
      await verb('up', ...(systemd ? ['--systemd'] : []), ...names);
      return await hosts();
    },
    async add(host, { systemd = false } = {}) {
      await verb('add', host, ...(systemd ? ['--systemd'] : []));
      return await find(host);
    },
    async down(host) {
      await verb('down', ...(host === undefined ? [] : [host]));
    },
    hosts,
    async leftovers() {
      const outcome = await call(['leftovers']);
      if (outcome.stderr !== '') throw failure(['leftovers'], outcome);
      return outcome.stdout.split('\n').filter((line) => line !== '');
    },
    async address(host) {
      return (await find(host)).address;
    },

    async callers(count) {
      return (await verb('callers', String(count))).split('\n').filter((line) => line !== '');
    },
    async exec(host, command, more) {
      const argv = ['exec', host, ...(typeof command === 'string' ? ['sh', '-c', command] : command)];
      const outcome = await call(argv, more);
      if (outcome.code === couldNotEnter && outcome.stderr.startsWith('lab.sh: '))
        throw failure(argv, outcome);
      return outcome;
    },
    async ssh(host, command, more) {
      return await call(['ssh', host, command], more);
    },

    async database(host) {
      await verb('database', host);
      const { address } = await find(host);
      return { address, port: 3306, username: 'orchestrator', password: await secret('database-password') };
    },
    async shared(host) {
      await verb('shared', host);
      return `${(await find(host)).address}:/shared`;
    },
    async deployPassword() {
      return await secret('deploy-password');
    },

    partition: (host) => act('partition', host),
    heal: (host) => act('heal', host),
    drop: (host) => act('drop', host),
    undrop: (host) => act('undrop', host),
    netem: (host, delayMs, lossPercent = 0) => act('netem', host, `${delayMs}ms`, `${lossPercent}%`),
    rate: (host, rate) => act('rate', host, rate),
    killSshd: (host) => act('kill-sshd', host),
    startSshd: (host) => act('start-sshd', host),
    reboot: (host) => act('reboot', host),
    powerOff: (host) => act('poweroff', host),
    powerOn: (host) => act('poweron', host),
    pause: (host) => act('pause', host),
    unpause: (host) => act('unpause', host),
    fill: (host, leaveKilobytes = 0) => act('fill', host, String(leaveKilobytes)),
    unfill: (host) => act('unfill', host),
    skew: (host, seconds) => act('skew', host, String(seconds)),
  };
}

function failure(argv: readonly string[], outcome: Outcome): Error {
  const said = outcome.stderr.trim() || outcome.stdout.trim() || 'it said nothing';
  return new Error(`lab.sh ${argv.join(' ')} exited with ${outcome.code}: ${said}`);
}
