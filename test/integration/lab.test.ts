import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bringUpFive } from '../lab/five.ts';
import { createLab, type Lab, labScript } from '../lab/lab.ts';
import { runProcess } from '../lab/process.ts';

const lab = createLab({ name: 'lx', network: '10.78.0' });

beforeAll(async () => {
  await lab.down();
  await lab.up(['km', 'db']);
});
afterAll(async () => {
  await lab.down();
});

/** Whether wso2 gets in by ssh, asked with a short deadline. */
async function answers(of: Lab, host: string): Promise<boolean> {
  const argv = ['-o', 'ConnectTimeout=1', '-o', 'BatchMode=yes', '-i', of.keyFile];
  const trust = ['-o', `UserKnownHostsFile=${of.knownHostsFile}`];
  const login = ['timeout', '4', 'ssh', ...argv, ...trust, `wso2@${await of.address(host)}`, 'true'];
  return (await runProcess(login, { timeoutMs: 10_000 })).code === 0;
}

describe('a host of the lab', () => {
  it('lets wso2 in by ssh, and to root by sudo', async () => {
    const { code, stdout } = await lab.ssh('km', 'hostname; id -un; sudo -n id -un');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'km\nwso2\nroot\n' });
  });

  it('wants the password of deploy for sudo', async () => {
    const login = [...sshTo(lab), `deploy@${await lab.address('km')}`];
    expect((await runProcess([...login, 'sudo -n true'])).code).not.toBe(0);
    const input = `${await lab.deployPassword()}\n`;
    const { stdout } = await runProcess([...login, "sudo -k -S -p '' id -un"], { input });
    expect(stdout).toBe('root\n');
  });

  it('has files of its own that the machine and its neighbours do not have', async () => {
    const script =
      'echo 10.9.9.9 elsewhere >>/etc/hosts && mkdir -p /opt/wso2/mine && echo here >/opt/wso2/mine/file';
    expect((await lab.ssh('km', `sudo sh -c '${script}'`)).code).toBe(0);
    expect((await lab.exec('db', 'grep elsewhere /etc/hosts')).code).toBe(1);
    await expect(stat('/opt/wso2/mine')).rejects.toThrow('ENOENT');
    expect(await readFile('/etc/hosts', 'utf8')).not.toContain('elsewhere');
    await lab.up(['km', 'db']);
    expect((await lab.exec('km', 'grep elsewhere /etc/hosts')).stdout).toBe('10.9.9.9 elsewhere\n');
  });

  it('sees neither the checkout nor the homes of the machine', async () => {
    const checkout = join(import.meta.dirname, '../..');
    expect((await lab.exec('km', ['test', '-e', checkout])).code).toBe(1);
    expect((await lab.exec('km', 'ls /home /var/tmp; ls -A /root')).stdout).toBe(
      '/home:\ndeploy\nwso2\n\n/var/tmp:\n.ssh\n',
    );
  });

  it('takes input and gives back output and code of a command', async () => {
    const outcome = await lab.exec('km', 'cat; echo trouble >&2; exit 7', { input: 'words' });
    expect(outcome).toEqual({ code: 7, stdout: 'words', stderr: 'trouble\n' });
  });

  it('has systemd as PID 1 on request', async () => {
    await lab.add('sys', { systemd: true });
    const { stdout } = await lab.ssh('sys', 'cat /proc/1/comm; sudo systemctl is-system-running --wait');
    expect(stdout).toBe('systemd\nrunning\n');
    await lab.down('sys');
  });
});

describe('trouble', () => {
  it('partitions a host and heals it', async () => {
    await lab.partition('km');
    expect(await answers(lab, 'km')).toBe(false);
    await lab.heal('km');
    expect(await answers(lab, 'km')).toBe(true);
  });

  it('drops the packets of a host until told otherwise', async () => {
    await lab.drop('km');
    expect(await answers(lab, 'km')).toBe(false);
    await lab.undrop('km');
    expect(await answers(lab, 'km')).toBe(true);
  });

  it('slows a host down and still lets its packets through', async () => {
    const connect = async () => {
      const began = performance.now();
      await runProcess(['bash', '-c', `exec 3<>/dev/tcp/${await lab.address('km')}/22`]);
      return performance.now() - began;
    };
    await lab.netem('km', 150);
    // There and back takes 300 ms at the least, however busy the machine is.
    expect(await connect()).toBeGreaterThan(250);
    await lab.netem('km', 0);
    await lab.rate('km', '10mbit');
    expect(await answers(lab, 'km')).toBe(true);
    await lab.rate('km', 'off');
  });

  it('fills the disk and frees it', async () => {
    await lab.fill('km');
    const write = 'head -c 100000 /dev/zero >/opt/file && head -c 100000 /dev/zero >/tmp/file';
    expect((await lab.exec('km', write)).stderr).toContain('No space left on device');
    await lab.unfill('km');
    expect((await lab.exec('km', write)).code).toBe(0);
  });

  it('moves the clock of whoever logs in', async () => {
    const daysAhead = async () =>
      Math.round((Number((await lab.ssh('km', 'date +%s')).stdout) - Date.now() / 1_000) / 86_400);
    await lab.skew('km', 1_000 * 86_400);
    expect(await daysAhead()).toBeCloseTo(1_000);
    await lab.skew('km', 0);
    expect(await daysAhead()).toBeCloseTo(0);
  });

  it('kills sshd with its sessions and starts it again', async () => {
    const session = lab.ssh('km', 'echo in; sleep 60');
    await expect
      .poll(async () => (await lab.exec('km', 'ps -e -o args')).stdout, { timeout: 30_000 })
      .toContain('sleep 60');
    await lab.killSshd('km');
    expect((await session).code).toBe(255);
    expect(await answers(lab, 'km')).toBe(false);
    await lab.startSshd('km');
    expect(await answers(lab, 'km')).toBe(true);
  });

  it('freezes a host and thaws it', async () => {
    await lab.pause('km');
    expect(await answers(lab, 'km')).toBe(false);
    await lab.unpause('km');
    expect(await answers(lab, 'km')).toBe(true);
  });

  it('reboots a host onto the same disk with the same host key', async () => {
    await lab.exec(
      'km',
      'echo kept >/etc/kept; touch /run/lost /tmp/lost; setsid sleep 1000 >/dev/null 2>&1 &',
    );
    await lab.reboot('km');
    expect((await lab.ssh('km', 'cat /etc/kept; ls /tmp; ls /run/lost')).stdout).toBe('kept\n');
    expect((await lab.exec('km', 'ps -e -o args')).stdout).not.toContain('sleep 1000');
  });

  it('says that a host is off instead of running a command there', async () => {
    await lab.powerOff('km');
    await expect(lab.exec('km', 'true')).rejects.toThrow("host 'km' is off");
    await lab.powerOn('km');
    expect(await answers(lab, 'km')).toBe(true);
  });

  it('says which hosts there are when one is unknown', async () => {
    await expect(lab.partition('nobody')).rejects.toThrow("no host 'nobody' in lab 'lx'; there are: db km");
  });
});

describe('the database', () => {
  it('answers its administrator from another host, also after a reboot', async () => {
    const { address, username, password } = await lab.database('db');
    const query = async (statement: string) => {
      const settings = `[client]\nhost=${address}\nuser=${username}\npassword=${password}\n`;
      return await lab.exec(
        'km',
        'umask 077; cat >/root/client.cnf; exec mariadb --defaults-file=/root/client.cnf -N -e "$0"'.replace(
          '"$0"',
          `'${statement}'`,
        ),
        { input: settings },
      );
    };
    expect(
      await query('create database kept; grant all on kept.* to someone@"%" identified by "x"'),
    ).toMatchObject({
      code: 0,
    });
    await lab.reboot('db');
    expect((await query('show databases like "kept"')).stdout).toBe('kept\n');
    const processes = await lab.exec(
      'db',
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"',
    );
    expect(processes.stdout).toContain('mariadbd');
    expect(processes.stdout).not.toContain(password);
  });
});

describe('a lab', () => {
  it('lives beside another one', async () => {
    const other = createLab({ name: 'ly', network: '10.79.0', disk: '64m' });
    try {
      const [first] = await other.up(1);
      expect(first).toEqual({ name: 'h1', address: '10.79.0.2', kind: 'plain', state: 'up' });
      expect(await answers(other, 'h1')).toBe(true);
      await other.down();
      expect(await other.leftovers()).toEqual([]);
      expect(await answers(lab, 'km')).toBe(true);
    } finally {
      await other.down();
    }
  });

  it('refuses a second one of its name while whoever made it lives, by that name', async () => {
    const someone = spawn('sleep', ['60']);
    const environment = { ...lab.environment, LAB_OWNER: String(someone.pid) };
    try {
      for (const verb of [['up', 'h9'], ['down', 'km'], ['down']]) {
        const { code, stderr } = await runProcess([labScript, ...verb], { environment });
        expect(code).toBe(1);
        expect(stderr).toContain(`lab 'lx' is in use by process ${process.pid}`);
      }
      expect(await answers(lab, 'km')).toBe(true);
    } finally {
      someone.kill();
    }
  });

  it('is anybody’s once whoever made it is gone', async () => {
    const other = createLab({ name: 'ly', network: '10.79.0' });
    const someone = spawn('sleep', ['60']);
    const environment = { ...other.environment, LAB_OWNER: String(someone.pid) };
    try {
      expect((await runProcess([labScript, 'up', 'h1'], { environment })).code).toBe(0);
      await expect(other.down()).rejects.toThrow(`lab 'ly' is in use by process ${someone.pid}`);
      const gone = once(someone, 'exit');
      someone.kill();
      await gone;
    } finally {
      await other.down();
    }
    expect(await other.leftovers()).toEqual([]);
  });

  it('refuses a network that another one has', async () => {
    const other = createLab({ name: 'ly', network: lab.network });
    try {
      await expect(other.up(1)).rejects.toThrow('10.78.0.0/24 is already on br-lx');
    } finally {
      await other.down();
    }
    expect(await other.leftovers()).toEqual([]);
  });

  it('writes an inventory with key, known hosts and passwords that only their owner reads', async () => {
    const five = createLab({ name: 'ly', network: '10.79.0' });
    const directory = await mkdtemp(join(tmpdir(), 'lab-'));
    try {
      await chmod(directory, 0o755);
      const pack = { path: '/nowhere/pack.zip', sha256: '0'.repeat(64) };
      const { inventory, database } = await bringUpFive(five, directory, { pack });
      const { all } = parse(await readFile(inventory, 'utf8'));
      expect(Object.keys(all.children)).toEqual([
        ...['key_manager', 'traffic_manager', 'publisher', 'devportal', 'gateway', 'database'],
      ]);
      expect(all.vars.apim.database.host).toBe(database.address);
      expect(await readFile(join(directory, 'secrets/db-admin'), 'utf8')).toBe(database.password);
      expect(await readFile(join(directory, 'secrets/admin'), 'utf8')).toMatch(/^[A-Za-z0-9]{12}$/);
      for (const name of ['id_ed25519', 'secrets/admin', 'secrets/db-admin', 'secrets/keystore'])
        expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
      const before = await readFile(join(directory, 'secrets/admin'), 'utf8');
      await bringUpFive(five, directory, { pack });
      expect(await readFile(join(directory, 'secrets/admin'), 'utf8')).toBe(before);
    } finally {
      await rm(directory, { recursive: true, force: true });
      await five.down();
    }
    expect(await five.leftovers()).toEqual([]);
  });

  it('leaves nothing behind', async () => {
    const other = createLab({ name: 'ly', network: '10.79.0' });
    await other.up(['a', 'b']);
    await other.database('b');
    await other.netem('a', 20);
    await other.pause('b');
    expect(await other.leftovers()).not.toEqual([]);
    await other.down();
    expect(await other.leftovers()).toEqual([]);
    await other.down();
    expect(await other.leftovers()).toEqual([]);
  });

  it('leaves nothing behind when half of it is gone already', async () => {
    const other = createLab({ name: 'ly', network: '10.79.0' });
    await other.up(['a', 'b', 'c', 'd']);
    await other.netem('b', 20);
    const pid = Number(await readFile(join(other.directory, 'hosts/a/pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await runProcess(['ip', 'link', 'delete', 'br-ly']);
    await runProcess(['umount', '--lazy', join(other.directory, 'hosts/c/disk')]);
    await rm(join(other.directory, 'hosts/d/pid'));
    await rm(join(other.directory, 'hosts/b/wire'));
    await other.down();
    expect(await other.leftovers()).toEqual([]);
  });

  it('leaves nothing behind when it has forgotten everything', async () => {
    const other = createLab({ name: 'ly', network: '10.79.0' });
    await other.up(['a', 'b']);
    await other.netem('b', 20);
    for (const host of ['a', 'b'])
      for (const file of ['pid', 'index', 'cgroup', 'link', 'wire', 'started', 'address'])
        await rm(join(other.directory, 'hosts', host, file), { force: true });
    await other.down();
    expect(await other.leftovers()).toEqual([]);
  });

  it('puts up again what died', async () => {
    const other = createLab({ name: 'ly', network: '10.79.0' });
    try {
      await other.up(['a', 'b']);
      await other.exec('a', 'echo kept >/opt/kept');
      process.kill(Number(await readFile(join(other.directory, 'hosts/a/pid'), 'utf8')), 'SIGKILL');
      await runProcess(['ip', 'link', 'delete', 'br-ly']);
      await other.up(['a', 'b']);
      expect((await other.ssh('a', 'cat /opt/kept')).stdout).toBe('kept\n');
      expect(await answers(other, 'b')).toBe(true);
    } finally {
      await other.down();
    }
    expect(await other.leftovers()).toEqual([]);
  });
});

function sshTo(of: Lab): readonly string[] {
  const options = [
    '-o',
    `UserKnownHostsFile=${of.knownHostsFile}`,
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=5',
  ];
  return ['ssh', '-i', of.keyFile, ...options];
}
