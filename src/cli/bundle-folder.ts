import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StepFailed } from '../errors.ts';
import { masked } from '../input/masked.ts';
import { redactForms } from '../secret.ts';
import type { Findings } from '../steps/support-findings.ts';

/** A file of a bundle. */
interface KeptFile {
  readonly path: string;
  readonly bytes: number;
  /** So many bytes before it were left out. */
  readonly left?: number;
}

/** What is not in a bundle, and why. */
interface Missing {
  readonly at: string;
  readonly what: string;
  readonly why: string;
  /** Whether there may be something that could not be read. */
  readonly failed: boolean;
}

/** What a bundle is about. */
interface BundleHeader {
  readonly name: string;
  readonly tool: string;
  readonly made: string;
  readonly by: string;
  readonly inventory: string;
  readonly since: string;
  readonly hosts: readonly { readonly host: string; readonly role: string }[];
}

/** A folder that a bundle is made in: for the eyes of the user alone, and removed in any case. */
export interface BundleFolder {
  /** Where it stands. It holds nothing but the folder of the bundle. */
  readonly path: string;
  /** What is found at a place: every text loses its secrets before it is written. */
  at(place: string): Findings;
  /** A text that this tool makes, and whose names are its own: it loses secrets by their values. */
  keepOurs(path: string, text: string): void;
  missing(): readonly Missing[];
  /** Writes what is in it and what is not, for people and for programs. */
  describe(header: BundleHeader): void;
  /** From now on nothing is written any more, whoever is still at work. */
  remove(): void;
}

/** Makes the folder in another, where there is room for what comes of it. */
export function openBundle(beside: string, name: string): BundleFolder {
  const path = written(beside, () => mkdtempSync(join(beside, '.support-')));
  const files: KeptFile[] = [];
  const missing: Missing[] = [];
  let open = true;
  const write = (file: string, text: string, left = 0) => {
    if (!open) return;
    const target = join(path, name, file);
    const bytes = Buffer.from(text);
    written(beside, () => {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(target, bytes, { mode: 0o600, flag: 'wx' });
    });
    files.push({ path: file, bytes: bytes.length, ...(left === 0 ? {} : { left }) });
  };
  return {
    path,
    at: (place) => ({
      keep(file, text, { plain, left } = {}) {
        const cut = left === undefined || left === 0 ? '' : `(${left} bytes before this are left out)\n`;
        write(`${folderOf(place)}/${file}`, cut + redactForms(masked(text, plain)), left);
      },
      miss(what, why, failed = false) {
        missing.push({ at: place, what, why: redactForms(why), failed });
      },
    }),
    keepOurs: (file, text) => write(file, redactForms(text)),
    missing: () => missing,
    describe(header) {
      write('README.txt', redactForms(readme(header, files, missing)));
      const index = { ...header, files, missing };
      write('index.json', redactForms(`${JSON.stringify(index, undefined, 2)}\n`));
    },
    remove() {
      open = false;
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** What the file system says is for people: there is no room, or nobody may write there. */
function written<Made>(folder: string, write: () => Made): Made {
  try {
    return write();
  } catch (error) {
    throw new StepFailed({
      cause: `nothing can be written into ${folder}: ${(error as Error).message}`,
      hint: 'make room there, or give another place with --out',
    });
  }
}

function folderOf(place: string): string {
  return place === 'controller' ? place : `hosts/${fileName(place)}`;
}

/** A host may have a name that no file can have. */
export function fileName(host: string): string {
  return host.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '_');
}

function readme(header: BundleHeader, files: readonly KeptFile[], missing: readonly Missing[]): string {
  const cut = files.filter(({ left }) => left !== undefined);
  return [
    `${header.name}: what apim-orchestrate ${header.tool} found of ${header.inventory}`,
    `made ${header.made} by ${header.by}; logs, journals and records since ${header.since}`,
    '',
    'hosts',
    ...header.hosts.map(({ host, role }) => `  ${host} (${role})`),
    '',
    'missing',
    ...(missing.length === 0 ? ['  nothing'] : []),
    ...missing.map(({ at, what, why, failed }) => `  ${failed ? '!' : ' '} ${at}: ${what}: ${why}`),
    '',
    'cut at the beginning',
    ...(cut.length === 0 ? ['  nothing'] : []),
    ...cut.map(({ path, left }) => `  ${path}: ${left} bytes before it are left out`),
    '',
    'what is in it',
    ...meanings.map(([name, meaning]) => `  ${name.padEnd(18)}  ${meaning}`),
    '',
    'No secret that the tool knows is in it, in whatever form, nor a private key; in what others wrote every value is masked as (secret)',
    'that goes by a name such as password, secret, key or token. Look through it before you hand it on: names, addresses and',
    'what users sent stand in logs.',
    '',
  ].join('\n');
}

const meanings = [
  ['index.json', 'the same for programs, and every file with its size'],
  [
    'controller/',
    'status, certificates (of keystores, too), findings of validate, inventory, rendered configuration, records',
  ],
  ['clock.txt', 'how far the clock of a host is from that of the controller'],
  ['machine.txt', 'system, kernel, load, memory, disks, open ports'],
  ['versions.txt', 'Java and the product'],
  [
    'notes.txt',
    'what this tool noted in the home: what the server was started with, whether it was found ready',
  ],
  ['installed.txt', 'SHA-256 of archive, patches, libraries and bundles'],
  ['process.txt', 'the process of the server, its limits and its command line'],
  ['threads.txt', 'what its threads were at'],
  ['service.txt', 'what systemd says of it'],
  ['deployment.toml', 'its configuration, as it is there'],
  ['balancer.json', 'of a load balancer: whether it runs, and which nodes are drained'],
  ['journal.jsonl', 'what this tool changed there'],
  ['logs/', 'logs'],
] as const;
