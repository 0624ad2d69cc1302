import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/input/inventory.ts';
import { selectHosts } from '../../src/input/pattern.ts';
import { fakeHost } from '../support/fake-connection.ts';

const inventory: Inventory = {
  file: 'inventory.yaml',
  hosts: ['km', 'gw1', 'gw2', 'gw.eu'].map((name) => fakeHost(name)),
  groups: new Map([
    ['key_manager', ['km']],
    ['gateway', ['gw1', 'gw2', 'gw.eu']],
    ['east', ['km', 'gw2']],
  ]),
};

describe('a host pattern', () => {
  it.each([
    ['all', ['km', 'gw1', 'gw2', 'gw.eu']],
    ['*', ['km', 'gw1', 'gw2', 'gw.eu']],
    ['km', ['km']],
    ['gateway', ['gw1', 'gw2', 'gw.eu']],
    ['gw2,km', ['km', 'gw2']],
    ['gw2:km', ['km', 'gw2']],
    ['gw?', ['gw1', 'gw2']],
    ['gw.*', ['gw.eu']],
    ['~gw[12]', ['gw1', 'gw2']],
    ['gateway:!gw1', ['gw2', 'gw.eu']],
    ['!gw1:gateway', ['gw2', 'gw.eu']],
    ['gateway:&east', ['gw2']],
    ['!gateway', ['km']],
    ['&east', ['km', 'gw2']],
    ['*_manager', ['km']],
  ])('%s names its hosts, in the order written', (pattern, expected) => {
    expect(selectHosts(inventory, pattern).map((host) => host.name)).toEqual(expected);
  });

  it('that fits nothing is told what there is', () => {
    expect(() => selectHosts(inventory, 'gw3')).toThrow(
      'the pattern "gw3" fits no host; there are: key_manager, gateway, east, km, gw1, gw2, gw.eu',
    );
  });
});
