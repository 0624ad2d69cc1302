import { expect, it } from 'vitest';
import { tenHosts } from '../../support/topologies.ts';
import { sitesOf } from './sites.ts';
import { streamsOf } from './streams.ts';

const sites = sitesOf(await tenHosts());

it('goes to every site of the balancer, with those who come there', () => {
  expect(sites.map(({ role, use, hostname, port, tls }) => [role, use, `${hostname}:${port}`, tls])).toEqual([
    ['gateway', 'apis', 'gw.example.com:80', false],
    ['key-manager', 'services', 'km.example.com:443', true],
    ['traffic-manager', 'services', 'tm.example.com:443', true],
    ['publisher', 'portal', 'publisher.example.com:443', true],
    ['devportal', 'portal', 'devportal.example.com:443', true],
    ['gateway', 'apis', 'gw.example.com:443', true],
    ['gateway', 'services', 'gw-mgt.example.com:443', true],
    ['gateway', 'sockets', 'gw.example.com:8099', true],
    ['gateway', 'sockets', 'gw.example.com:9099', false],
  ]);
});

it('has GET and POST, new connections and kept ones, and long requests at every site with pages', () => {
  for (const site of sites.filter(({ use }) => use !== 'sockets')) {
    const streams = streamsOf(site, 5000);
    const pairs = streams.flatMap(({ kept, wanted }) => wanted.map(({ method }) => `${method} ${kept}`));
    expect(new Set(pairs)).toEqual(new Set(['GET true', 'POST true', 'GET false', 'POST false']));
    const slow = streams.filter(({ kind }) => kind === 'slow').flatMap(({ wanted }) => wanted);
    expect(slow.map(({ method, path }) => [method, path.includes('ms=5000')])).toEqual([
      ['GET', true],
      ['POST', true],
      ['POST', true],
    ]);
  }
});

it('keeps cookies only where people are', () => {
  const keepers = sites.filter((site) => streamsOf(site, 5000).some(({ cookies }) => cookies));
  expect(keepers.map(({ role }) => role)).toEqual(['publisher', 'devportal']);
});
