import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { matchHosts, selectHosts, withinGroup } from '../../src/input/pattern.ts';
import { fakeHost } from '../support/fake-connection.ts';
import { inventoryFrom } from '../support/topologies.ts';

const inventory = await inventoryFrom(`all:
  hosts: { db: }
  children:
    key_manager: { hosts: { km: } }
    gateway: { hosts: { gw1: , gw2: , gw3: , gw.eu: } }
    east: { hosts: { gw2: , km: } }
    empty: {}
    six: { hosts: { "2001:db8::1": } }
`);
const everyone = ['db', 'km', 'gw1', 'gw2', 'gw3', 'gw.eu', '2001:db8::1'];

const folder = mkdtempSync(join(tmpdir(), 'pattern-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileWith = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return relative('.', join(folder, name));
};

const names = (pattern: string) => selectHosts(inventory, pattern).map((host) => host.name);

describe('a host pattern', () => {
  it.each([
    ['all', everyone],
    ['*', everyone],
    ['km', ['km']],
    ['gateway', ['gw1', 'gw2', 'gw3', 'gw.eu']],
    ['gw2,km', ['gw2', 'km']],
    ['gw2:km', ['gw2', 'km']],
    [' gw2 , km ', ['gw2', 'km']],
    ['gw2 km', ['gw2', 'km']],
    ['east:gateway', ['gw2', 'km', 'gw1', 'gw3', 'gw.eu']],
    ['gw?', ['gw1', 'gw2', 'gw3']],
    ['gw.*', ['gw.eu']],
    ['gw[!1]', ['gw2', 'gw3']],
    ['gw[!1-2]*', ['gw3', 'gw.eu']],
    ['*_manager', ['km']],
    ['~gw[12]', ['gw1', 'gw2']],
    ['~gw', ['gw1', 'gw2', 'gw3', 'gw.eu']],
    ['~.*3$', ['gw3']],
    ['~(?i)GW(?P<number>[12])\\Z', ['gw1', 'gw2']],
    ['~gw\\d', ['gw1', 'gw2', 'gw3']],
    ['~(gw1|km),db', ['km', 'gw1', 'db']],
    ['gateway:!gw1', ['gw2', 'gw3', 'gw.eu']],
    ['!gw1:gateway', ['gw2', 'gw3', 'gw.eu']],
    ['gateway:!gateway[0]', ['gw2', 'gw3', 'gw.eu']],
    ['gateway:&east', ['gw2']],
    ['gateway,&east', ['gw2']],
    ['!gateway', ['db', 'km', '2001:db8::1']],
    ['&east', ['km', 'gw2']],
    ['all:!ungrouped', ['km', 'gw1', 'gw2', 'gw3', 'gw.eu', '2001:db8::1']],
    ['ungrouped', ['db']],
    ['gateway[0],km', ['gw1', 'km']],
    ['gateway[-1]', ['gw.eu']],
    ['gateway[0:1]', ['gw1', 'gw2']],
    ['gateway[2:]', ['gw3', 'gw.eu']],
    ['gateway[1:99]', ['gw2', 'gw3', 'gw.eu']],
    ['gw?[1]', ['gw2']],
    ['2001:db8::1', ['2001:db8::1']],
    ['2001:db8::1,km', ['2001:db8::1', 'km']],
    ['localhost', ['localhost']],
    ['all:!localhost', everyone],
    ['gateway:!empty', ['gw1', 'gw2', 'gw3', 'gw.eu']],
  ])('%s names its hosts, in Ansible’s order', (pattern, expected) => {
    expect(names(pattern)).toEqual(expected);
  });

  it.each([
    ['gw4', '"gw4": no host and no group is called "gw4"; did you mean "gw1"?'],
    ['gatewya', '"gatewya": no host and no group is called "gatewya"; did you mean "gateway"?'],
    ['gateway:!gw22', '"gateway:!gw22", at character 10: no host and no group is called "gw22"'],
    ['gateway:&esat', '"gateway:&esat", at character 10: no host and no group is called "esat"'],
    ['km,nobody', '"km,nobody", at character 4: no host and no group is called "nobody"; there are: all, '],
    ['km,x*', '"km,x*", at character 4: "x*" fits no host and no group'],
    ['~nobody', '"~nobody": "~nobody" fits no host and no group'],
    ['gateway:!gw2,km', 'in a pattern with a comma, colons separate nothing: put commas everywhere'],
    ['gateway:22', 'a number behind a colon is taken for a port: put a comma between parts'],
    ['[2001:db8::1]', 'an IPv6 address stands without brackets: 2001:db8::1'],
    ['gw[12]', '[12] takes hosts by their place; for characters, write ~gw[12]$'],
    ['gateway[4]', 'at character 8: [4] takes nothing: gateway has 4 hosts, and the first is [0]'],
    ['gateway[-5]', '[-5] takes nothing'],
    ['gateway:!gateway[7:]', 'at character 17: [7:] takes nothing'],
    ['gateway[2:1]', '[2:1] ends before it begins'],
    ['gateway[0-1]', '[0-1] is no longer written so: [0:1]'],
    ['gateway:&km', 'the pattern "gateway:&km" leaves no host'],
    ['empty', 'empty has no hosts'],
    ['', 'the pattern "": names nothing'],
    [' , ', 'names nothing'],
    ['!', 'a name is to follow the !'],
    ['km:&', 'at character 4: a name is to follow the &'],
    ['km[', 'at character 3: this [ is not closed'],
    ['km]', 'at character 3: this ] closes nothing'],
    ['gw[3-1]*', 'at character 4: the range 3-1 holds nothing'],
    ['~', 'a regular expression is to follow the ~'],
    ['km,~gw(', 'at character 7: no regular expression of Python: this ( is not closed'],
    ['~gw)', 'at character 4: no regular expression of Python: this ) closes nothing'],
    ['~[', 'at character 2: this [ is not closed'],
    ['~gw[1:2', 'this [ is not closed'],
    ['~*', 'at character 2: no regular expression of Python: nothing to repeat'],
    ['~gw**', 'at character 5: no regular expression of Python: a repetition of a repetition'],
    ['!~gw[2-1]', 'at character 6: no regular expression of Python: 2-1 is no range of characters'],
    ['~\\q', '\\q means nothing here'],
    ['~(g)\\1', '\\1 refers to a group, which is not possible here'],
    ['~(?<=g)w', '(?< cannot be used here'],
    ['~(?x)gw', 'the flag x cannot be used here; i, m and s can'],
    ['~x|(((((a?){999}){999}){999}){999})', 'no regular expression of Python: it cannot be used'],
  ])('%s is refused, and it is said where and why', (pattern, message) => {
    expect(() => names(pattern)).toThrow(message);
    expect(() => names(pattern)).toThrow(UsageError);
  });

  it('takes its parts from the lines of a file, relative to where we are', () => {
    expect(names(`km,@${fileWith('some.txt', 'gw2\n\n gateway \n!gw1\n')}`)).toEqual([
      'km',
      'gw2',
      'gw3',
      'gw.eu',
    ]);
    const wrong = fileWith('wrong.txt', 'gw2\ngw22\n');
    expect(() => names(`@${wrong}`)).toThrow(`${wrong}:2: no host and no group is called "gw22"`);
    expect(() => names('km:@nowhere.txt')).toThrow('at character 4: there is no file nowhere.txt');
    expect(() => names(`@${folder}`)).toThrow('cannot be read: EISDIR');
    expect(() => names(`@${fileWith('none.txt', '\n')}`)).toThrow('none.txt names nothing');
    expect(matchHosts(inventory, [`@${wrong}`]).mistakes[0]?.message).toContain('on the command line only');
  });

  it('knows names that are no mistake, even if nobody has them, and says so', () => {
    const notes: string[] = [];
    const note = (text: string) => notes.push(text);
    const known = ['load_balancer'];
    const hosts = selectHosts(inventory, 'gw1:load_balancer:!empty', { known, note, what: '--limit' });
    expect(hosts.map((host) => host.name)).toEqual(['gw1']);
    expect(notes).toEqual([
      '--limit "gw1:load_balancer:!empty": load_balancer has no hosts',
      '--limit "gw1:load_balancer:!empty": empty has no hosts',
    ]);
    expect(() => selectHosts(inventory, 'load_balancer', { known })).toThrow('leaves no host');
  });

  it('may be several, which are read as one; every mistake is told', () => {
    const others = [fakeHost('controller')];
    const { hosts } = matchHosts(inventory, ['controller', 'gateway', '!gw1,!gw2'], { others });
    expect(hosts.map((host) => host.name)).toEqual(['controller', 'gw3', 'gw.eu']);
    expect(matchHosts(inventory, ['gw7', 'km', '~(']).mistakes.map(({ index }) => index)).toEqual([0, 2]);
  });

  it('takes the entry of the inventory for this machine, whatever it is called there', async () => {
    const own = await inventoryFrom('all: { hosts: { km: , 127.0.0.1: } }');
    expect(selectHosts(own, 'localhost').map((host) => host.name)).toEqual(['127.0.0.1']);
  });

  it('ends with hosts or with what is wrong, whatever it is', () => {
    const words = fc.constantFrom(
      ...'gw km gateway * ? [ ] [0] [!1] ( ) ~ ! & : , @ \\ { } - ^ $ (?i) | 1 .'.split(' '),
      ' ',
    );
    const pattern = fc.oneof(
      fc.array(words, { maxLength: 8 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(pattern, (text) => {
        try {
          return selectHosts(inventory, text).length > 0;
        } catch (error) {
          return error instanceof UsageError && error.exitCode === 64;
        }
      }),
      { numRuns: 1_000, seed: 3 },
    );
  });
});

describe('a pattern within a group', () => {
  it.each([
    ['gw1', 'gateway', ['gw1']],
    ['gw1,gw2,km', 'gateway', ['gw1', 'gw2']],
    ['km,gw1', 'gateway', ['gw1']],
    ['gw1:gw2:km', 'gateway', ['gw1', 'gw2']],
    ['gw1 km gw2', 'gateway', ['gw1', 'gw2']],
    ['gateway[0:1]', 'gateway', ['gw1', 'gw2']],
    ['all:!gw1', 'gateway', ['gw2', 'gw3', 'gw.eu']],
    ['!gw1,!gw2', 'gateway', ['gw3', 'gw.eu']],
    ['gateway:&east', 'gateway', ['gw2']],
    ['2001:db8::1', 'six', ['2001:db8::1']],
  ])('%s in %s is %j', (pattern, group, hosts) => {
    expect(names(withinGroup(pattern, group))).toEqual(hosts);
  });
});
