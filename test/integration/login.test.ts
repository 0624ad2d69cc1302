import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encryptVault } from '../../src/input/vault.ts';
import { Secret } from '../../src/secret.ts';
import { type SilentServer, startSilentServer } from '../support/silent-server.ts';
import { runTool, startTool } from '../support/tool.ts';
import { balancer, fiveEntries, inventoryText, tenEntries } from '../support/topologies.ts';

const folder = mkdtempSync(join(tmpdir(), 'login-'));
afterAll(() => rmSync(folder, { recursive: true }));

let server: SilentServer;
beforeEach(async () => {
  server = await startSilentServer();
});
afterEach(() => server.close());

type Vars = Readonly<Record<string, unknown>>;

/** Writes an inventory whose servers are all behind the one that says nothing. */
function inventory(vars: Vars = {}, text: string = five()): string {
  const document = JSON.parse(text) as { all: { vars: Record<string, unknown> } };
  Object.assign(document.all.vars, { ansible_port: server.port, ansible_password: 'fake-login-pw' }, vars);
  const file = join(folder, 'inventory.yaml');
  writeFileSync(file, JSON.stringify(document, undefined, 2));
  return file;
}

function five(): string {
  const offsets: Record<string, number> = { km: 0, pub: 1, dev: 2, tm: 3, gw: 4 };
  return inventoryText({ groups: fiveEntries((name) => ({ offset: offsets[name] }), '127.0.0.1') });
}

function balanced(): string {
  const nfs = { source: 'nas.example.com:/apim' };
  return inventoryText({
    apim: {
      load_balancer: balancer,
      shared_directories: { executionplans: nfs, synapse_configs: nfs, truststore: nfs },
    },
    groups: { ...tenEntries(), load_balancer: { lb: { ansible_host: '127.0.0.1' } } },
  });
}

/** Every command that connects, by its words around the inventory. */
const connecting: [name: string, words: (file: string) => string[], text?: () => string][] = [
  ['deploy', (file) => ['deploy', file]],
  ['plan', (file) => ['plan', file]],
  ['stop', (file) => ['stop', file]],
  ['status', (file) => ['status', file]],
  ['status --audit', (file) => ['status', '--audit', file]],
  ['exec', (file) => ['exec', file, 'all', '--', 'true']],
  ['drain', (file) => ['drain', file, 'gw1'], balanced],
];

describe('the first Ctrl-C while it connects', () => {
  it.each(connecting)('ends %s, which says so, with exit code 130', async (_name, words, text) => {
    const { child, ended } = startTool(words(inventory({}, text?.())));
    await server.visited;
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stdout + stderr).toMatch(/interrupted/i);
    // It did not wait for the deadline of the handshake either.
    expect(stdout + stderr).not.toContain('no answer within');
  });

  it('is as good as what timeout(1) sends', async () => {
    const { child, ended } = startTool(['deploy', inventory()]);
    await server.visited;
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
  });
});

describe('a key that opens nothing', () => {
  it.each(connecting)('ends %s before any connection, with exit code 64', async (_name, words, text) => {
    const vars = { ansible_ssh_private_key_file: 'no-such-key' };
    const { code, stderr } = await runTool(...words(inventory(vars, text?.())));
    expect(stderr).toMatch(
      /^\S+inventory\.yaml:\d+:\d+: ansible_ssh_private_key_file: the private key \S+no-such-key is not on this machine → put it there.*\n$/m,
    );
    expect(stderr.match(/no-such-key/g)).toHaveLength(1);
    expect(code).toBe(64);
    expect(server.connections()).toBe(0);
  });

  it('is told by validate: as an error, or as a doubt if it may only be elsewhere', async () => {
    const missing = await runTool('validate', inventory({ ansible_private_key_file: 'no-such-key' }));
    expect(missing.stdout).toMatch(/^warning file: .*ansible_private_key_file: the private key/m);
    expect(missing.code).toBe(0);
    const other = await runTool('validate', inventory({ ansible_private_key_file: '.' }));
    expect(other.stdout).toMatch(/^error file: .* is a folder\n.*\n {4}fix: name the file in it$/m);
    expect(other.code).toBe(64);
  });
});

describe('a way into servers that is not honoured', () => {
  const all: typeof connecting = [
    ...connecting,
    ['render', (file) => ['render', file, '--out', join(folder, 'out')]],
    ['validate', (file) => ['validate', file]],
  ];
  it.each(all)('ends %s with its name and place, and exit code 64', async (_name, words, text) => {
    const vars = { ansible_ssh_common_args: '-o RemoteCommand=tmux' };
    const { code, stdout, stderr } = await runTool(...words(inventory(vars, text?.())));
    expect(stdout + stderr).toMatch(
      /inventory\.yaml:\d+:\d+: ansible_ssh_common_args: RemoteCommand is not supp/,
    );
    expect(code).toBe(64);
    expect(server.connections()).toBe(0);
  });
});

describe('a vault password', () => {
  const script = (lines: string) => {
    const file = join(folder, 'password.sh');
    writeFileSync(file, `#!/bin/sh\n${lines}\n`);
    chmodSync(file, 0o700);
    return file;
  };
  const vaulted = (file: string) => writeFileSync(file, encryptVault('a: 1\n', new Secret('fake-vault-pw')));

  it('comes from a script, which may speak on stderr', async () => {
    mkdirSync(join(folder, 'group_vars'), { recursive: true });
    vaulted(join(folder, 'group_vars/all.yml'));
    const words = ['--vault-password-file', script('echo looking it up >&2; echo fake-vault-pw')];
    const { code, stderr } = await runTool('render', inventory(), '--out', join(folder, 'out'), ...words);
    rmSync(join(folder, 'group_vars'), { recursive: true });
    expect(stderr).toBe('looking it up\n');
    expect(code).toBe(0);
  });

  it('that does not open a key under pki/ is told with the file, before any connection', async () => {
    mkdirSync(join(folder, 'pki'));
    vaulted(join(folder, 'pki/ca.key'));
    const words = ['--vault-password-file', script('echo fake-other-pw')];
    for (const command of ['deploy', 'plan', 'status', 'validate']) {
      const { code, stderr } = await runTool(command, inventory(), ...words);
      expect(stderr).toBe(
        `${folder}/pki/ca.key: the vault password (id default) does not open this\n  → give the password that it was encrypted with by --vault-password-file, --vault-id or --ask-vault-password\n`,
      );
      expect(code).toBe(64);
    }
    rmSync(join(folder, 'pki'), { recursive: true });
    expect(server.connections()).toBe(0);
  });

  it('that is empty encrypts nothing', async () => {
    const { code, stderr } = await runTool('deploy', inventory(), '--vault-password-file', script('true'));
    expect(stderr).toBe(`the vault password script ${folder}/password.sh gives an empty password\n`);
    expect(code).toBe(64);
    expect(existsSync(join(folder, 'pki'))).toBe(false);
  });

  it('is not waited for once the operator stops, and neither is its script', async () => {
    const started = join(folder, 'started');
    const file = script(`echo $$ > ${started}; exec sleep 100`);
    const { child, ended } = startTool(['plan', inventory(), '--vault-password-file', file]);
    const pid = await vi.waitFor(() => {
      const text = readFileSync(started, 'utf8').trim();
      expect(text).toMatch(/^\d+$/);
      return text;
    }, 20_000);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

/** Runs the tool on a terminal of its own, and types this once it asks so. */
function onTerminal(words: string, question: string, keys: string) {
  const program = resolve(import.meta.dirname, '../../dist/cli/main.js');
  return new Promise<{ code: number | null; shown: string }>((done) => {
    const child = spawn('script', ['-qec', `${process.execPath} ${program} ${words}`, '/dev/null']);
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk;
      if (shown.endsWith(question)) child.stdin.write(keys);
    });
    child.on('close', (code) => done({ code, shown }));
  });
}

describe('a passphrase', () => {
  const locked = () => {
    const file = join(folder, 'locked');
    if (!existsSync(file))
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'fake-phrase', '-f', file]);
    return inventory({ ansible_ssh_private_key_file: 'locked', ansible_timeout: 1 });
  };
  const question = `Passphrase of the key ${folder}/locked: `;

  it('is asked for once, before anything else, and never shown', async () => {
    const { code, shown } = await onTerminal(`status ${locked()}`, question, 'fake-phrase\r');
    expect(shown.split('Passphrase of the key')).toHaveLength(2);
    expect(shown).not.toContain('fake-phrase');
    expect(shown).toContain('no answer within 1 s');
    expect(code).toBe(1);
  });

  it('that is wrong each time ends the command at the place of the key, before any connection', async () => {
    const { code, shown } = await onTerminal(`status ${locked()}`, question, 'fake-wrong\r');
    expect(shown).toMatch(
      /ansible_ssh_private_key_file: the private key \S+ was not opened → give its passphrase/,
    );
    expect(code).toBe(64);
    expect(server.connections()).toBe(0);
  });

  it('may be given up with Ctrl-C', async () => {
    const { code } = await onTerminal(`status ${locked()}`, question, '\x03');
    expect(code).toBe(130);
    expect(server.connections()).toBe(0);
  });

  it('is not waited for without a terminal: the key is named at once', async () => {
    const { code, stderr } = await runTool('deploy', locked());
    expect(stderr).toContain('locked is encrypted, and there is no terminal to ask for its passphrase on');
    expect(code).toBe(64);
    expect(server.connections()).toBe(0);
  });
});

describe('a password that is typed for -k', () => {
  it('is asked for once', async () => {
    const file = inventory({ ansible_timeout: 1 });
    const { code, shown } = await onTerminal(`status ${file} -k`, 'SSH password: ', 'fake-typed-pw\r');
    expect(shown).toContain('no answer within 1 s');
    expect(shown).not.toContain('fake-typed-pw');
    expect(code).toBe(1);
  });
});

describe('a vault password that is typed', () => {
  const typed = (keys: string) =>
    onTerminal(`plan ${inventory()} --ask-vault-password`, 'Vault password: ', keys);

  it.each(['\r', '   \r'])('as %j is refused: it is empty', async (keys) => {
    const { code, shown } = await typed(keys);
    expect(shown).toContain('the vault password that was typed is empty');
    expect(code).toBe(64);
  });

  it.each(['\x03', '\x04'])('may be given up with %j', async (keys) => {
    const { code, shown } = await typed(keys);
    expect(shown).toContain('interrupted');
    expect(code).toBe(130);
  });
});
