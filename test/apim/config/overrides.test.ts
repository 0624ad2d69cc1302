import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { brokenOverrides, mergeTables } from '../../../src/apim/config/overrides.ts';
import { element, table, writeToml } from '../../../src/apim/config/toml.ts';

const ours = [
  table('server', { hostname: 'km', offset: 0 }),
  table('apim.throttling', { service_url: 'https://tm/services/' }),
  element('apim.throttling.url_group', { urls: ['tcp://a'] }),
  element('apim.throttling.url_group', { urls: ['tcp://b'] }),
  element('event_listener', { id: 'token_revocation' }),
  table('event_listener.properties', { username: 'admin' }),
];
const merged = (own: Record<string, unknown>) => writeToml('', mergeTables(ours, own)).reveal();
const headers = (own: Record<string, unknown>) => merged(own).match(/^\[.*\]$/gm);

describe('content of somebody’s own', () => {
  it('changes a key and adds one, and leaves the others', () => {
    expect(parse(merged({ server: { offset: 3, mode: 'single' } })).server).toEqual({
      hostname: 'km',
      offset: 3,
      mode: 'single',
    });
  });

  it('keeps parents before their children, and relatives together', () => {
    expect(
      headers({
        apim: { throttling: { blacklist: { enable: true } }, jwt: { enable: true }, x: 1 },
        new: { a: 1 },
      }),
    ).toEqual([
      '[server]',
      '[apim]',
      '[apim.throttling]',
      '[[apim.throttling.url_group]]',
      '[[apim.throttling.url_group]]',
      '[apim.throttling.blacklist]',
      '[apim.jwt]',
      '[[event_listener]]',
      '[event_listener.properties]',
      '[new]',
    ]);
  });

  it('takes the place of a list as a whole, sub-tables included', () => {
    const listeners = [{ id: 'a', properties: { x: 'y', 'header.X': 'z' } }, { id: 'b' }];
    const text = merged({
      event_listener: listeners,
      apim: { throttling: { url_group: [{ urls: ['tcp://c'] }] } },
    });
    const document = parse(text) as unknown as {
      event_listener: unknown;
      apim: { throttling: { url_group: unknown } };
    };
    expect(document.event_listener).toEqual(listeners);
    expect(document.apim.throttling.url_group).toEqual([{ urls: ['tcp://c'] }]);
  });

  it('adds a list that there was not, and lists of plain values', () => {
    const text = merged({ apim: { gateway: { environment: [{ name: 'x', ports: [1, 2] }] } } });
    expect((parse(text) as { apim: { gateway: unknown } }).apim.gateway).toEqual({
      environment: [{ name: 'x', ports: [1, 2] }],
    });
  });

  it('is nothing when there is none', () => {
    expect(mergeTables(ours, {})).toEqual(ours);
  });

  it.each([
    [{ secrets: { a: 'b' } }, 'secrets', 'is written by the tool'],
    [{ offset: 3 }, 'offset', 'must be a table'],
    [{ server: { hostname: null } }, 'server.hostname', 'has no value'],
    [{ server: { hostname: [1, 'a'] } }, 'server.hostname', 'must be a text'],
    [{ server: { hostname: [[1]] } }, 'server.hostname', 'must be a text'],
    [{ event_listener: { id: 'x' } }, 'event_listener', 'is a list of tables'],
    [{ server: [{ hostname: 'x' }] }, 'server', 'is one table, not a list'],
    [{ apim: { throttling: 'x' } }, 'apim.throttling', 'is a table, not a value'],
    [{ server: { hostname: 'a{{ b }}' } }, 'server.hostname', 'must not hold {{ or {%'],
    [{ server: { "it's": 'x' } }, "server.it's", 'is no key'],
  ])('is refused: %j', (own, path, message) => {
    const [issue, ...more] = brokenOverrides(own, ours);
    expect(issue?.path.join('.')).toBe(path);
    expect(issue?.message).toContain(message);
    expect(more).toEqual([]);
  });
});
