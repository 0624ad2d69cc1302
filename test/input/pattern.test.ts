import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/input/inventory.ts';
import { matchHosts, selectHosts } from '../../src/input/pattern.ts';
import { fakeHost } from '../support/fake-connection.ts';

const inventory: Inventory = {
  file: 'inventory.yaml',
  hosts: ['km', 'gw1', 'gw2', 'gw.eu', '2001:db8::1'].map((name) => fakeHost(name)),
  groups: new Map([
    ['all', ['2001:db8::1', 'km', 'gw1', 'gw2', 'gw.eu']],
    ['ungrouped', ['2001:db8::1']],
    ['key_manager', ['km']],
    ['gateway', ['gw1', 'gw2', 'gw.eu']],
    ['east', ['km', 'gw2']],
    ['nobody', []],
  ]),
};

const folder = mkdtempSync(join(tmpdir(), 'pattern-'));
afterAll(() => rmSync(folder, { recursive: true }));
const list = (text: string) => {
  const file = join(folder, 'list');
  writeFileSync(file, text);
  return `@${file}`;
};

const names = (pattern: string) => selectHosts(inventory, pattern).map(({ name }) => name);

describe('a host pattern', () => {
  it.each([
    ['all', ['2001:db8::1', 'km', 'gw1', 'gw2', 'gw.eu']],
    ['*', ['2001:db8::1', 'km', 'gw1', 'gw2', 'gw.eu']],
    ['ungrouped', ['2001:db8::1']],
    ['km', ['km']],
    ['gateway', ['gw1', 'gw2', 'gw.eu']],
    ['gw2,km', ['gw2', 'km']],
    ['gw2:km', ['gw2', 'km']],
    ['gw?', ['gw1', 'gw2']],
    ['gw.*', ['gw.eu']],
    ['gw[1a]', ['gw1']],
    ['gw[!1]', ['gw2']],
    ['gw[0-1]*', ['gw1']],
    ['~gw[12]', ['gw1', 'gw2']],
    ['~gw', ['gw1', 'gw2', 'gw.eu']],
    ['~(?i)GW\\d\\Z', ['gw1', 'gw2']],
    ['~(?P<one>k)m', ['km']],
    ['gateway:!gw1', ['gw2', 'gw.eu']],
    ['!gw1:gateway', ['gw2', 'gw.eu']],
    ['gateway:&east', ['gw2']],
    ['!gateway', ['2001:db8::1', 'km']],
    ['&east', ['km', 'gw2']],
    ['*_manager', ['km']],
    ['gateway[0]', ['gw1']],
    ['gateway[-1]', ['gw.eu']],
    ['gateway[0:1]', ['gw1', 'gw2']],
    ['gateway[1:]', ['gw2', 'gw.eu']],
    ['gateway:!gateway[0]', ['gw2', 'gw.eu']],
    ['gateway[0],km', ['gw1', 'km']],
    ['km,nobody', ['km']],
    ['2001:db8::1', ['2001:db8::1']],
    ['2001:db8::1,km', ['2001:db8::1', 'km']],
  ])('%s names its hosts, in the order of Ansible', (pattern, expected) => {
    expect(names(pattern)).toEqual(expected);
  });

  it('may stand in a file, a part a line', () => {
    expect(names(list('gw2\n\nkm\n'))).toEqual(['gw2', 'km']);
    expect(names(`gateway,${list('!gw2\n')}`)).toEqual(['gw1', 'gw.eu']);
  });

  it.each([
    ['gw3', 1, /"gw3" fits no host and no group; did you mean "gw1"\?/],
    ['gateway:!gw22', 10, /"gw22" fits no host and no group/],
    ['gateway,gatewya', 9, /did you mean "gateway"\?/],
    ['gateway:!gw2,km', 1, /join all parts by commas, or all by colons/],
    ['gateway[7]', 1, /"gateway" names 3/],
    ['gateway[1:0]', 8, /ends before it begins/],
    ['gateway[0-1]', 8, /can be read in two ways/],
    ['gateway:!', 9, /nothing follows the !/],
    ['gw[1', 3, /the bracket that opens here is not closed/],
    ['gw1]', 4, /no bracket opens before this one/],
    ['km::gw1', 3, /two colons in a row/],
    ['km,~gw(', 5, /no valid regular expression/],
    ['~[', 2, /the bracket that opens here is not closed/],
    ['km,~gw[', 7, /the set that begins here is not closed/],
    ['gw[12]', 1, /"gw" fits no host and no group, for \[12\] is a position; did you mean "gw1"\?/],
    ['~gw\\pL', 4, /\\p is not supported/],
    ['~(?<a>gw)', 2, /\(\?<a… is not supported/],
    ['', 1, /it names nothing/],
    [' , ', 1, /it names nothing/],
    ['@/does/not/exist', 1, /the file \/does\/not\/exist cannot be read/],
  ])('%s is refused at character %i', (pattern, at, message) => {
    expect(() => names(pattern)).toThrow(`the pattern "${pattern}", at character ${at}: `);
    expect(() => names(pattern)).toThrow(message);
  });

  it('that leaves no host is refused', () => {
    expect(() => names('gateway:&key_manager')).toThrow('the pattern "gateway:&key_manager" leaves no host');
    expect(() => names('nobody')).toThrow('the pattern "nobody" leaves no host');
  });

  it('tells of every part that fits nothing', () => {
    expect(matchHosts(inventory, 'gw8,km,gw9').problems).toHaveLength(2);
  });

  it('may name a group that is known and not there', () => {
    expect(matchHosts(inventory, 'km,traffic_manager', ['traffic_manager']).hosts).toHaveLength(1);
  });
});
