import { describe, expect, it } from 'vitest';
import { mergeHosts } from '../../../src/apim/cluster/hosts-file.ts';
import { fiveHosts, oneHost } from '../../support/topologies.ts';

const five = await fiveHosts();
const block = `# BEGIN apim-orchestrate
10.0.0.11 km.example.com
10.0.0.12 tm.example.com
10.0.0.13 pub.example.com
10.0.0.14 dev.example.com
10.0.0.15 gw.example.com
# END apim-orchestrate
`;

describe('mergeHosts', () => {
  it.each([
    ['', block],
    ['127.0.0.1 localhost\n', `127.0.0.1 localhost\n${block}`],
    ['127.0.0.1 localhost', `127.0.0.1 localhost\n${block}`],
    ['a\n# BEGIN apim-orchestrate\nold\n# END apim-orchestrate\n\tb \r\n\n', `a\n${block}\tb \r\n\n`],
    ['a\n# BEGIN apim-orchestrate\n# END apim-orchestrate', `a\n${block}`],
    ['# END apim-orchestrate\na\n', `# END apim-orchestrate\na\n${block}`],
    ['# BEGIN apim-orchestrate\na\n', `# BEGIN apim-orchestrate\na\n${block}`],
    [
      '# BEGIN apim-orchestrate-2\na\n# END apim-orchestrate-2\n',
      `# BEGIN apim-orchestrate-2\na\n# END apim-orchestrate-2\n${block}`,
    ],
  ])('turns %j into what it was, with our block', (existing, wanted) => {
    expect(mergeHosts(existing, five)).toBe(wanted);
  });

  it.each(['', 'a', 'a\nb\n', '# BEGIN apim-orchestrate\na\n', `a\n${block}b`])(
    'leaves %j alone the second time',
    (existing) => {
      const once = mergeHosts(existing, five);
      expect(mergeHosts(once, five)).toBe(once);
    },
  );

  it('gives the names of nodes side by side one line', async () => {
    expect(mergeHosts('', await oneHost())).toContain(
      '\n10.0.0.20 km.example.com tm.example.com pub.example.com dev.example.com gw.example.com\n',
    );
  });
});
