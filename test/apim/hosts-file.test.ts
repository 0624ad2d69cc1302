import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeHosts } from '../../src/apim/hosts-file.ts';
import { allOnOne, fiveNodes } from '../support/deployments.ts';

const block = [
  '# BEGIN apim-orchestrate',
  '10.0.0.11 km.example.com',
  '10.0.0.12 tm.example.com',
  '10.0.0.13 pub.example.com',
  '10.0.0.14 dev.example.com',
  '10.0.0.15 gw.example.com',
  '# END apim-orchestrate',
  '',
].join('\n');
const foreign = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('apim-orchestrate'));

describe('the hosts file', () => {
  it('gets a marked block at its end', () => {
    expect(mergeHosts('127.0.0.1 localhost\n', fiveNodes())).toBe(`127.0.0.1 localhost\n${block}`);
    expect(mergeHosts('', fiveNodes())).toBe(block);
  });

  it('gets the newline that its last line lacks', () => {
    expect(mergeHosts('127.0.0.1 localhost', fiveNodes())).toBe(`127.0.0.1 localhost\n${block}`);
  });

  it('has one line for an address that nodes share, and a shared name once', () => {
    expect(mergeHosts('', allOnOne())).toBe(
      '# BEGIN apim-orchestrate\n10.0.0.10 apim.example.com\n# END apim-orchestrate\n',
    );
  });

  it('has the block brought up to date where it stands', () => {
    const old = '# BEGIN apim-orchestrate\n10.9.9.9 old\n# END apim-orchestrate\n';
    expect(mergeHosts(`before\n${old}after\n`, fiveNodes())).toBe(`before\n${block}after\n`);
  });

  it('keeps everything else, byte for byte', () => {
    fc.assert(
      fc.property(foreign, foreign, (before, after) => {
        expect(mergeHosts(`${before}\n${block}${after}`, fiveNodes())).toBe(`${before}\n${block}${after}`);
      }),
    );
  });

  it('does not change when merged again', () => {
    fc.assert(
      fc.property(foreign, (existing) => {
        const once = mergeHosts(existing, fiveNodes());
        expect(mergeHosts(once, fiveNodes())).toBe(once);
        expect(once.startsWith(existing)).toBe(true);
      }),
    );
  });
});
