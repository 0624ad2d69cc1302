import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLoginOptions } from '../../src/cli/login-options.ts';
import { UsageError } from '../../src/errors.ts';
import { withSettings } from '../../src/input/login-settings.ts';
import type { VarSource } from '../../src/input/vars.ts';

const source = (values: Readonly<Record<string, unknown>>, file: string): VarSource => ({
  values,
  position: () => ({ file, line: 2, column: 3 }),
});
const configured = source({ ansible_user: 'configured', ansible_port: 22 }, 'ansible.cfg');

describe('what the command line says of logins', () => {
  it('counts more than ansible.cfg, and less than a host', async () => {
    const said = await withLoginOptions({ user: 'typed', privateKey: 'k' }, configured);
    expect(said.values).toEqual({
      ...{ ansible_user: 'typed', ansible_port: 22, ansible_private_key_file: resolve('k') },
    });
    expect(said.position(['ansible_user']).file).toBe('--user');
    expect(said.position(['ansible_port']).file).toBe('ansible.cfg');
    const own = source({ ansible_ssh_user: 'own', ansible_ssh_private_key_file: 'own' }, 'inventory.yaml');
    expect(withSettings(own, said).values).toEqual({ ...own.values, ansible_port: 22 });
  });

  it('begins at home or where it was typed, as paths do there', async () => {
    const { values } = await withLoginOptions({ privateKey: '~/k' }, configured);
    expect(values.ansible_private_key_file).toBe(join(homedir(), 'k'));
  });

  it('has seconds for variables, as the inventory has them', async () => {
    const said = await withLoginOptions({ connectTimeout: 3_000 }, configured);
    expect(said.values.ansible_timeout).toBe(3);
    expect(said.position(['ansible_timeout']).file).toBe('--connect-timeout');
    const own = source({ ansible_ssh_timeout: 5 }, 'inventory.yaml');
    expect(withSettings(own, said).values.ansible_timeout).toBeUndefined();
  });

  it('may be said by another name where --user is somebody else', async () => {
    expect((await withLoginOptions({ remoteUser: 'login' }, configured)).values.ansible_user).toBe('login');
  });

  it.each([
    [{ askPass: true }, 'there is no terminal for --ask-pass'],
    [{ askBecomePass: true }, 'there is no terminal for --ask-become-pass'],
  ])('is not waited for where nobody can type it: %j', async (options, message) => {
    await expect(withLoginOptions(options, configured)).rejects.toThrow(UsageError);
    await expect(withLoginOptions(options, configured)).rejects.toThrow(message);
  });
});
