import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { At, Event } from '../../src/engine/event.ts';
import type { Layout } from '../../src/record/layout.ts';
import { type RunHeader, startRecord } from '../../src/record/recorder.ts';
import { type RunRecord, readRecord } from '../../src/record/records.ts';

const header: RunHeader = {
  inventory: 'inventory.yaml',
  command: 'apim-orchestrate deploy inventory.yaml',
  operator: 'ann@desk',
  machine: 'desk',
  pid: 4711,
};

/** An event, and how many milliseconds after the one before it comes. */
type Told = readonly [number, Event];

/** What the recorder writes of these events, and reads back. */
export function recordOf(events: readonly Told[], more: Partial<RunHeader> = {}): RunRecord {
  const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
  let time = Date.parse('2026-03-04T05:06:07.089Z');
  try {
    const { id, emit, close } = startRecord(folder, 'deploy', { ...header, ...more }, () => new Date(time));
    for (const [after, event] of events) {
      time += after;
      emit(event);
    }
    close();
    return readRecord(folder, id);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How one step goes. */
export type Course = 'changed' | 'unchanged' | 'failed';

/** What a server says that wants to be more than text. */
export const hostile = `<script>document.title='taken'</script><img src=x onerror="document.title='taken'">"'&`;

/** The events of one step at one host. */
export function stepEvents(at: At, course: Course, ms: number): Told[] {
  const summary = `put things in order by ${at.step}`;
  const began: Told = [0, { type: 'step-started', ...at }];
  const end = { type: 'step-finished', ...at, ms } as const;
  if (course === 'unchanged') return [began, [ms, { ...end, outcome: 'unchanged', changes: 0 }]];
  const diff = {
    before: '[server]\nhostname = "old.example.com"\nmode = "single"\n',
    after: '[server]\nhostname = "new.example.com"\nmode = "single"\npassword = "(secret)"\n',
  };
  const waiting = { type: 'waiting', ...at, what: 'its port 9443' } as const;
  const work: Told[] = [
    began,
    [0, { type: 'change-planned', ...at, summary, ...(at.step === 'write-config' ? { diff } : {}) }],
    [0, { type: 'change-started', ...at, summary }],
    [0, { type: 'output', ...at, text: `${at.host} says ${hostile}` }],
    [ms / 4, { ...waiting, why: 'nobody listens', ms: ms / 4 }],
    [ms / 4, { ...waiting, why: 'answered 503', ms: ms / 2 }],
  ];
  if (course === 'changed')
    return [
      ...work,
      [ms / 4, { type: 'action-finished', ...at, what: `do what ${at.step} does` }],
      [ms / 4, { ...end, outcome: 'changed', changes: 1 }],
    ];
  const error = {
    cause: `${at.host} did not become ready within 5 min: its port 9443 answered 503`,
    tail: ['ERROR - cannot open the keystore', `FATAL - ${hostile}`],
    hint: 'read the log on the server, mend what it says, and deploy again',
  };
  return [...work, [ms / 2, { ...end, outcome: 'failed', changes: 0, error }]];
}

/** A host of the picture. */
const host = (name: string) => ({ name, host: name, note: `${name}.example.com` });

const roles = [
  ['key_manager', 'Key Manager', 'km'],
  ['traffic_manager', 'Traffic Manager', 'tm'],
  ['publisher', 'Publisher', 'pub'],
  ['devportal', 'Developer Portal', 'dev'],
  ['gateway', 'Gateway', 'gw'],
] as const;

/** Balancers, so many nodes of each role, a database, shared storage and a controller. */
export function layoutWith(nodes: number, domain = ''): Layout & { readonly nodes: readonly string[] } {
  const groups = roles.map(([id, title, short]) => ({
    ...{ id, title, kind: 'nodes' as const },
    members: Array.from({ length: nodes }, (_, index) => host(`${short}${index + 1}${domain}`)),
    uses: id === 'traffic_manager' || id === 'gateway' ? ['database', 'storage'] : ['database'],
  }));
  const store = (id: string, title: string, note: string, name: string, step: string) => ({
    ...{ id, title, note, kind: 'store' as const, uses: [] },
    members: [{ name, steps: [step] }],
  });
  return {
    nodes: groups.flatMap(({ members }) => members.map(({ name }) => name)),
    groups: [
      { id: 'controller', title: 'Controller', kind: 'controller', members: [host('controller')], uses: [] },
      {
        ...{ id: 'load_balancer', title: 'Load balancer', kind: 'front', note: 'nginx' },
        members: [host('lb')],
        uses: groups.map(({ id }) => id),
      },
      ...groups,
      store('database', 'Database', 'mariadb', 'db.example.com:3306', 'create-databases'),
      store('storage', 'Shared storage', 'nfs4', 'nas:/export', 'share-directories'),
    ],
  };
}

/** A deployment at so many nodes of each role: what was right is left, servers start one after another, the last one fails. */
export function deploymentRun(
  nodes: number,
  more: { readonly steps?: number; readonly fails?: boolean; readonly domain?: string } = {},
): RunRecord {
  const { steps = 6, fails = true, domain } = more;
  const layout = layoutWith(nodes, domain);
  const prepare = Array.from({ length: steps - 2 }, (_, index) => `prepare-${index + 1}`).concat(
    'write-config',
  );
  const start = ['start-server', 'wait-ready'];
  const plays = [
    { play: 'Certificates', hosts: ['controller'], steps: ['issue-certificates'] },
    { play: 'Install', hosts: layout.nodes, steps: prepare },
    { play: 'Databases', hosts: layout.nodes.slice(0, 1), steps: ['create-databases'] },
    { play: 'Load balancer', hosts: ['lb'], steps: ['install-balancer'] },
    { play: 'Start, in the documented order', hosts: layout.nodes, steps: start },
  ];
  const at = (play: string, hostName: string, step: string): At => ({ play, host: hostName, step });
  const events: Told[] = [
    [
      0,
      {
        type: 'run-started',
        playbook: 'Deploy API Manager',
        plays,
        hosts: ['controller', ...layout.nodes, 'lb'],
        dryRun: false,
        time: '2026-03-04T05:06:07.089Z',
      },
    ],
    [200, { type: 'play-started', play: 'Certificates', hosts: ['controller'] }],
    ...stepEvents(at('Certificates', 'controller', 'issue-certificates'), 'changed', 900),
    [0, { type: 'play-started', play: 'Install', hosts: layout.nodes }],
    ...together(
      layout.nodes.map((name, index) =>
        prepare.map((step) => ({
          at: at('Install', name, step),
          course: step === 'write-config' && index % 3 === 0 ? ('changed' as const) : ('unchanged' as const),
          ms: 120 + ((index * 37 + step.length * 11) % 200),
        })),
      ),
    ),
    [10, { type: 'play-started', play: 'Databases', hosts: layout.nodes.slice(0, 1) }],
    ...stepEvents(at('Databases', layout.nodes[0] ?? '', 'create-databases'), 'changed', 1500),
    [10, { type: 'play-started', play: 'Load balancer', hosts: ['lb'] }],
    ...stepEvents(at('Load balancer', 'lb', 'install-balancer'), 'unchanged', 300),
    [10, { type: 'play-started', play: plays[4]?.play ?? '', hosts: layout.nodes }],
  ];
  const failed = fails ? layout.nodes.at(-1) : undefined;
  if (!fails)
    for (const name of layout.nodes.filter((_, index) => index % 3 !== 0))
      for (const step of start)
        events.push(...stepEvents(at(plays[4]?.play ?? '', name, step), 'unchanged', 1));
  const restarted = layout.nodes.filter((name, index) => index % 3 === 0 || name === failed);
  restarted.forEach((name, index) => {
    events.push(
      [
        5,
        {
          type: 'wave-started',
          play: plays[4]?.play ?? '',
          wave: index + 1,
          hosts: [name],
          why: 'it runs, and the others serve',
        },
      ],
      ...stepEvents(at(plays[4]?.play ?? '', name, 'start-server'), 'changed', 600),
      ...stepEvents(
        at(plays[4]?.play ?? '', name, 'wait-ready'),
        name === failed ? 'failed' : 'changed',
        3200,
      ),
    );
  });
  events.push([
    10,
    {
      type: 'run-finished',
      outcome: failed === undefined ? 'ok' : 'failed',
      changed: 2 + restarted.length * 3,
      failed: failed === undefined ? [] : [failed],
      tallies: [],
      ms: 30_000,
      dryRun: false,
    },
  ]);
  return recordOf(events, { layout: { groups: layout.groups } });
}

/** Hosts that go at the same time: the events of all of them by their time. */
function together(rows: readonly (readonly { at: At; course: Course; ms: number }[])[]): Told[] {
  const timed = rows.flatMap((row) => {
    let now = 0;
    return row
      .flatMap(({ at, course, ms }) => stepEvents(at, course, ms))
      .map(([after, event]) => {
        now += after;
        return { now, event };
      });
  });
  timed.sort((one, other) => one.now - other.now);
  return timed.map(({ now, event }, index) => [now - (timed[index - 1]?.now ?? 0), event]);
}
