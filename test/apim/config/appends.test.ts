import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { appendTables, brokenAppends } from '../../../src/apim/config/appends.ts';
import { deploymentToml } from '../../../src/apim/config/deployment-toml.ts';
import { element, table, writeToml } from '../../../src/apim/config/toml.ts';
import { fiveEntries, nodeFor, topologyOf } from '../../support/topologies.ts';

const ours = [
  table('server', { hostname: 'km', offset: 0 }),
  table('apim.cors', { allow_headers: ['a', 'b'], allow_origins: 'x' }),
  element('event_listener', { id: 'token_revocation' }),
  table('event_listener.properties', { username: 'admin' }),
  table('truststore', { type: 'JKS' }),
];
const added = (own: Record<string, unknown>) => writeToml('', appendTables(ours, own)).reveal();

describe('elements of somebody’s own', () => {
  it('come after those that are there, each with its sub-tables', () => {
    const mine = { id: 'mine', properties: { 'header.X': 'y' } };
    const text = added({ event_listener: [mine, { id: 'last' }] });
    expect((parse(text) as { event_listener: unknown }).event_listener).toEqual([
      { id: 'token_revocation', properties: { username: 'admin' } },
      mine,
      { id: 'last' },
    ]);
    expect(text.match(/^\[.*\]$/gm)).toEqual([
      '[server]',
      '[apim.cors]',
      '[[event_listener]]',
      '[event_listener.properties]',
      '[[event_listener]]',
      '[event_listener.properties]',
      '[[event_listener]]',
      '[truststore]',
    ]);
  });

  it('make a list where there was none', () => {
    expect((parse(added({ datasource: [{ id: 'x' }] })) as { datasource: unknown }).datasource).toEqual([
      { id: 'x' },
    ]);
    expect(parse(added({ apim: { cors: { expose_headers: ['c'] } } })).apim).toMatchObject({
      cors: { expose_headers: ['c'] },
    });
  });

  it('are plain values as well, none of them twice', () => {
    const text = added({ apim: { cors: { allow_headers: ['b', 'c'] } } });
    expect(parse(text).apim).toEqual({ cors: { allow_headers: ['a', 'b', 'c'], allow_origins: 'x' } });
  });

  it('are nothing when there are none', () => {
    expect(appendTables(ours, {})).toEqual(ours);
  });

  it.each([
    [{ server: { hostname: 'x' } }, 'server.hostname', 'is no list: a value belongs into deployment_toml'],
    [{ apim: { cors: { allow_origins: ['y'] } } }, 'apim.cors.allow_origins', 'is one value, not a list'],
    [{ apim: { cors: { allow_headers: [1] } } }, 'apim.cors.allow_headers', 'must be of the kind'],
    [{ truststore: [{ type: 'JKS' }] }, 'truststore', 'is one table, not a list'],
    [{ event_listener: { id: 'x' } }, 'event_listener', 'is a list of tables'],
    [{ event_listener: [{ id: null }] }, 'event_listener.0.id', 'has no value'],
    [{ secrets: [{ a: 'b' }] }, 'secrets', 'is written by the tool'],
  ])('are refused: %j', (own, path, message) => {
    const [issue] = brokenAppends(own, ours);
    expect(issue?.path.join('.')).toBe(path);
    expect(issue?.message).toContain(message);
  });

  it('are added to what overrides have made, in the file of the node', async () => {
    const more = {
      deployment_toml: { event_handler: [{ name: 'other' }] },
      deployment_toml_append: { event_listener: [{ id: 'mine' }], event_handler: [{ name: 'more' }] },
    };
    const topology = await topologyOf({ groups: fiveEntries((name) => (name === 'km' ? more : {})) });
    const document = parse(deploymentToml(topology, nodeFor(topology, 'key-manager')).reveal());
    expect(document.event_listener).toMatchObject([{ id: 'token_revocation' }, { id: 'mine' }]);
    expect(document.event_handler).toEqual([{ name: 'other' }, { name: 'more' }]);
  });

  it('are refused at their own place', async () => {
    const apim = { deployment_toml_append: { event_listener: 'x' } };
    await expect(topologyOf({ apim })).rejects.toThrow('apim.deployment_toml_append.event_listener');
  });
});
