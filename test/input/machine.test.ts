import { describe, expect, it } from 'vitest';
import type { SshLogin } from '../../src/input/inventory.ts';
import { machineOf } from '../../src/input/machine.ts';

const login = (address: string, more: Partial<SshLogin> = {}): SshLogin => ({
  ...{ kind: 'ssh', address, port: 22, user: 'wso2', become: false, knownHosts: [] },
  ...more,
});

describe('a machine', () => {
  it('is one for all who log in there, as whomever', () => {
    expect(machineOf(login('10.0.0.1', { user: 'other' }))).toBe(machineOf(login('10.0.0.1')));
  });

  it('is another at another port, and behind another jump host or command', () => {
    const all = [
      login('10.0.0.1'),
      login('10.0.0.1', { port: 2222 }),
      login('10.0.0.1', { way: { jump: login('a') } }),
      login('10.0.0.1', { way: { jump: login('b') } }),
      login('10.0.0.1', { way: { jump: login('b', { way: { jump: login('a') } }) } }),
      login('10.0.0.1', { way: { command: 'nc 10.0.0.1 22' } }),
    ];
    expect(new Set(all.map(machineOf)).size).toBe(all.length);
  });
});
