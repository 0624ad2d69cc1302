import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Examination } from '../../src/cli/doctor.ts';
import { bringUpFive } from '../lab/five.ts';
import { createLab } from '../lab/lab.ts';
import { buildStandIn } from '../lab/standin.ts';
import { runTool } from '../support/tool.ts';

const lab = createLab({ name: 'doctor', network: '10.131.0' });
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
let inventory: string;

beforeAll(async () => {
  ({ inventory } = await bringUpFive(lab, folder, {
    pack: await buildStandIn(),
    vars: { ansible_timeout: 3 },
  }));
});
afterAll(async () => {
  await lab.down();
  rmSync(folder, { recursive: true });
});

async function examine(...words: string[]) {
  const { code, stdout, stderr } = await runTool('doctor', inventory, ...words, '--output', 'json');
  const found = JSON.parse(stdout === '' ? '[]' : stdout) as Examination[];
  const wrong = Object.fromEntries(
    found.flatMap(({ host, parts }) =>
      parts.flatMap(({ name, verdict, said, cure }) =>
        verdict === 'ok' ? [] : [[`${host} ${name}`, `${verdict}: ${said} → ${cure}`]],
      ),
    ),
  );
  return { code, stderr, found, wrong };
}

describe('servers that are fit', () => {
  it('are told to be, each with how it is entered, and nothing is altered there', async () => {
    const mark = join(folder, 'before');
    writeFileSync(mark, '');
    const { code, found, wrong, stderr } = await examine();
    expect(stderr).toBe('');
    expect(wrong).toEqual({});
    expect(code).toBe(0);
    expect(found.map(({ host }) => host)).toEqual(['km', 'tm', 'pub', 'dev', 'gw', 'db']);
    expect(found[4]?.login).toContain(`wso2@${await lab.address('gw')}:22, by the key ${folder}/id_ed25519`);
    expect(found[4]?.parts.map(({ name }) => name)).toEqual([
      ...['name', 'sshd', 'host key', 'login', 'shell', 'as root', 'java', 'tools', 'disk', 'clock'],
      ...['user', 'ports', 'names', 'ports of others'],
    ]);
    expect(found[4]?.parts.at(-1)?.said).toMatch(
      /^all 6 are reached; nothing listens yet at .*tm\.lab\.test .* 5672, 9443, 9611, 9711/,
    );
    // What a host of the lab has written lies in a folder of its own.
    const written = execFileSync(
      'find',
      [`${lab.directory}/hosts/gw/disk/upper`, '-newer', mark, '-type', 'f', '-not', '-path', '*/var/log/*'],
      { encoding: 'utf8' },
    );
    expect(written).toBe('');
  });
});

describe('servers of which each has another fault', () => {
  it('are all told at once, with what to do', async () => {
    const known = readFileSync(join(folder, 'known_hosts'), 'utf8').split('\n');
    const dev = await lab.address('dev');
    writeFileSync(
      join(folder, 'known_hosts'),
      known.filter((line) => !line.startsWith(`${dev} `)).join('\n'),
    );
    await lab.exec('km', 'rm /etc/sudoers.d/*');
    await lab.exec('pub', "sed -i '1i AllowTcpForwarding no' /etc/ssh/sshd_config");
    await lab.killSshd('pub');
    await lab.startSshd('pub');
    await lab.skew('gw', 90_000);
    await lab.drop('tm');
    const { code, wrong } = await examine();
    expect(code).toBe(1);
    const noTm = expect.stringMatching(
      /^wrong: tm\.lab\.test \(\S+\) 5672, 9443, 9611, 9711: (no answer within 10 s|no route to host) → .*firewall/,
    );
    expect(wrong).toEqual({
      'km as root': expect.stringMatching(/^doubt: .* a password is required → set ansible_become_password/),
      'km ports of others': noTm,
      'tm sshd': expect.stringMatching(/^wrong: .* cannot be reached: (no answer within 3 s|no route to it)/),
      'pub ports of others': expect.stringMatching(
        /^wrong: .* forbids tunnels .* → set AllowTcpForwarding yes/,
      ),
      'dev host key': expect.stringMatching(/^wrong: ssh-ed25519 SHA256:\S+ is unknown → .*trust-hosts/),
      'gw clock': expect.stringMatching(/^wrong: its clock is (89999|9000\d) s off ours/),
      'gw ports of others': noTm,
    });
    await lab.undrop('tm');
  });

  it('are looked at alone by their names', async () => {
    const { code, found } = await examine('tm');
    expect(found.map(({ host }) => host)).toEqual(['tm']);
    expect(code).toBe(0);
  });

  it('whose database does not answer say so: it is nobody’s of ours', async () => {
    await lab.exec('db', 'kill $(pidof mariadbd mysqld)');
    await expect
      .poll(async () => (await examine('tm')).wrong['tm ports of others'], { timeout: 30_000 })
      .toMatch(/3306: connection refused/);
  });
});

describe('an inventory without a deployment', () => {
  it('has its hosts tried as far as that goes', async () => {
    const file = join(folder, 'plain.yaml');
    const [tm, key] = [await lab.address('tm'), join(folder, 'id_ed25519')];
    writeFileSync(
      file,
      `all: { hosts: { one: { ansible_host: ${tm}, ansible_user: wso2, ansible_ssh_private_key_file: ${key}, ansible_ssh_common_args: -o UserKnownHostsFile=${join(folder, 'known_hosts')} }, nowhere: { ansible_host: nowhere.invalid }, here: { ansible_connection: local } } }`,
    );
    const { code, stdout } = await runTool('doctor', file);
    expect(code).toBe(1);
    expect(stdout).toContain('  ✓ name, sshd, host key, login, shell\n');
    expect(stdout).toMatch(/✗ name: nowhere\.invalid cannot be resolved here/);
    expect(stdout).toContain('here  the machine that this runs on\n  ✓ login, shell');
    expect(stdout).toMatch(/1 of 3 hosts is not fit: nowhere; mend what is marked ✗, and try again\n$/);
  });
});
