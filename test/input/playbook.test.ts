import { describe, expect, it } from 'vitest';
import { loadPlaybook, readPlaybook } from '../../src/input/playbook.ts';

const sound = `name: Deploy
plays:
  - name: Prepare
    hosts: all
    steps:
      - check
      - wait: { seconds: 3 }
  - name: Start
    hosts: [key_manager, gateway]
    in: sequence
    steps: [start]
`;

describe('a playbook', () => {
  it('has plays with hosts, an order and steps', () => {
    const { name, plays } = readPlaybook('site.yaml', sound);
    expect(name).toBe('Deploy');
    expect(plays.map(({ hosts, order }) => [hosts, order])).toEqual([
      [['all'], 'parallel'],
      [['key_manager', 'gateway'], 'sequence'],
    ]);
    expect(plays[0]?.steps.map(({ step, params }) => [step, params])).toEqual([
      ['check', {}],
      ['wait', { seconds: 3 }],
    ]);
  });

  it('says what a step waits for, and which plays begin together', () => {
    const text = sound
      .replace('hosts: all', 'hosts: all\n    beside: Start')
      .replace('[start]', '[{ after: Prepare }, { after: [Prepare, Other] }, start, end]');
    const [first, second] = readPlaybook('site.yaml', text).plays;
    expect(first?.beside).toEqual({ name: 'Start', position: { file: 'site.yaml', line: 5, column: 13 } });
    expect(second?.steps.map(({ step, after }) => [step, after?.map(({ name }) => name)])).toEqual([
      ['start', ['Prepare', 'Prepare', 'Other']],
      ['end', undefined],
    ]);
    expect(second?.steps[0]?.after?.[0]?.position).toEqual({ file: 'site.yaml', line: 12, column: 22 });
  });

  it('says who has a part in a play', () => {
    const [first, second] = readPlaybook(
      'site.yaml',
      sound
        .replace('hosts: all', 'hosts: all\n    if: check')
        .replace('in: seq', 'unless: check\n    in: seq'),
    ).plays;
    expect(first?.condition).toMatchObject({ holds: true, step: { step: 'check', params: {} } });
    expect(first?.condition?.step.position([])).toEqual({ file: 'site.yaml', line: 5, column: 9 });
    expect(second?.condition).toMatchObject({ holds: false, step: { step: 'check' } });
  });

  it('knows where a setting stands', () => {
    const step = readPlaybook('site.yaml', sound).plays[0]?.steps[1];
    expect(step?.position(['seconds'])).toEqual({ file: 'site.yaml', line: 7, column: 26 });
  });

  it.each([
    ['a key is unknown', sound.replace('in:', 'inn:'), 'site.yaml:10:10: plays.1.inn: unknown key'],
    [
      'an order is unknown',
      sound.replace('sequence', 'turns'),
      '"parallel" or "sequence" or "waves" or "once", not "turns"',
    ],
    [
      'a play has two conditions',
      sound.replace('hosts: all', 'hosts: all\n    if: a\n    unless: b'),
      'site.yaml:6:13: plays.0.unless: stands beside if; a play has one of them',
    ],
    ['hosts are missing', sound.replace('    hosts: all\n', ''), 'plays.0.hosts: is missing'],
    ['there are no steps', sound.replace('[start]', '[]'), 'plays.1.steps: must be at least 1'],
    ['it is empty', '', 'got nothing'],
    ['a step has two names', sound.replace('[start]', '[{ a: 1, b: 2 }]'), 'a step has one name'],
    [
      'nothing follows what is waited for',
      sound.replace('[start]', '[start, { after: Prepare }]'),
      'no step follows',
    ],
    [
      'it waits for no name',
      sound.replace('[start]', '[{ after: 3 }, start]'),
      'after names one play, or a list',
    ],
    ['it waits for nothing', sound.replace('[start]', '[after, start]'), 'after names one play, or a list'],
    ['it is no YAML', 'name: [', 'site.yaml:1:'],
    ['a second document begins', `${sound}---\nname: x\n`, 'a second document begins here'],
  ])('is refused when %s', (_what, text, message) => {
    expect(() => readPlaybook('site.yaml', text)).toThrow(message);
  });

  it('that is not there is told so', async () => {
    await expect(loadPlaybook('/nowhere/site.yaml')).rejects.toThrow(
      'the playbook /nowhere/site.yaml cannot be read: ENOENT',
    );
  });
});
