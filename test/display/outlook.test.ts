import { describe, expect, it } from 'vitest';
import { outlook, serversTold } from '../../src/display/outlook.ts';

const planned = (host: string, server?: 'start' | 'restart' | 'stop') =>
  ({ type: 'change-planned', play: 'p', step: 's', summary: 'it', host, ...(server && { server }) }) as const;

describe('an outlook', () => {
  it('has a line for each host, and names those whose servers restart', () => {
    expect(outlook([planned('gw1'), planned('gw1', 'restart'), planned('controller')])).toEqual([
      '3 changes would be made on 2 hosts; gw1 would be restarted',
      '  gw1         2 changes, restarted',
      '  controller  1 change',
    ]);
  });

  it('counts hosts where there are many', () => {
    const names = Array.from({ length: 30 }, (_, index) => `gw${index}`);
    const lines = outlook(names.map((name) => planned(name, 'start')));
    expect(lines[0]).toBe('30 changes would be made on 30 hosts; 30 servers would be started');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('  and 11 hosts more');
  });

  it('tells what is started, restarted and stopped, each by itself', () => {
    expect(serversTold([planned('a', 'start'), planned('b', 'stop'), planned('c', 'restart')])).toEqual([
      'a would be started',
      'c would be restarted',
      'b would be stopped',
    ]);
    expect(serversTold([planned('a')])).toEqual([]);
  });
});
