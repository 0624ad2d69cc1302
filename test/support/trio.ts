import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import { type RunningTool, runTool, startTool, type ToolResult } from './tool.ts';

/** A step of a playbook, as it stands in YAML. */
/** A step of a playbook, as it stands in YAML. */
export type Step = string | Readonly<Record<string, unknown>>;

/**
 * Three hosts of their own for one fault: `sick`, where it strikes; `well`, which goes beside it and is to finish; and `later`,
 * whose play comes after and is not to begin.
 */
export interface Trio {
  /** The name of the sick host in the lab. */
  readonly sick: string;
  readonly folder: string;
  readonly inventory: string;
  start(): RunningTool;
  run(...words: string[]): Promise<ToolResult>;
  close(): Promise<void>;
}

interface TrioOptions {
  /** What is done at the sick host and at the well one. */
  readonly steps: readonly Step[];
  /** More variables of the sick host. */
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** The lab has hosts `<name>s`, `<name>w` and `<name>l`. */
export async function createTrio(lab: Lab, name: string, { steps, vars = {} }: TrioOptions): Promise<Trio> {
  const folder = await mkdtemp(join(tmpdir(), `trio-${name}-`));
  const hosts = await lab.hosts();
  const address = (end: string) => hosts.find((host) => host.name === `${name}${end}`)?.address;
  await copyFile(lab.keyFile, join(folder, 'key'));
  await chmod(join(folder, 'key'), 0o600);
  const inventory = join(folder, 'inventory.yaml');
  const all = {
    vars: {
      ansible_user: 'wso2',
      ansible_ssh_private_key_file: 'key',
      ansible_ssh_common_args: `-o UserKnownHostsFile=${lab.knownHostsFile}`,
      ansible_become: true,
    },
    hosts: {
      sick: { ansible_host: address('s'), ...vars },
      well: { ansible_host: address('w') },
      later: { ansible_host: address('l') },
    },
  };
  const plays = [
    { name: 'First', hosts: ['sick', 'well'], steps },
    { name: 'Next', hosts: 'later', steps: [made('/tmp/begun')] },
  ];
  await writeFile(inventory, JSON.stringify({ all }));
  await writeFile(join(folder, 'play.yaml'), JSON.stringify({ name: 'A fault', plays }));
  const words = ['run', join(folder, 'play.yaml'), inventory, '--output', 'json'];
  return {
    sick: `${name}s`,
    folder,
    inventory,
    start: () => startTool(words),
    run: (...more) => runTool(...words, ...more),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A step that makes a file, and takes so many seconds for it. */
export function made(path: string, seconds = 0): Step {
  return { 'run-command': { command: `sleep ${seconds}; touch ${path}`, unless: `test -e ${path}` } };
}
