import type { Event } from '../../src/engine/event.ts';
import { fiveHostNames } from '../lab/five.ts';
import { buildPack } from '../standin/build.ts';
import { type Cluster, createCluster } from '../support/cluster.ts';
import { runJson } from '../support/tool.ts';

const nodes = fiveHostNames.filter((name) => name !== 'db');
const rounds = 3;

/** Seconds of one restart. */
interface Restart {
  readonly stop: number;
  readonly boot: number;
}

/**
 * Restarts a server with nothing but a shell at its host: how long it takes itself, seen every hundredth of a second.
 * What it is asked at the end is what its role is asked first when it is waited for.
 */
const byHand = `
home=$(echo /opt/wso2/*/wso2carbon.pid); home=\${home%/wso2carbon.pid}
pid=$(tr -d '\\0' < $home/wso2carbon.pid)
profile=$(tr '\\0' '\\n' < /proc/$pid/cmdline | grep '^-Dprofile=')
of() { tr '\\0' '\\n' < /proc/$pid/environ | sed -n "s/^$1=//p"; }
java=$(of JAVA_HOME) memory=$(of JVM_MEM_OPTS) options=$(of JAVA_OPTS)
ms() { echo $(($(date +%s%N) / 1000000)); }
began=$(ms)
kill -TERM $pid
while kill -0 $pid 2>/dev/null; do sleep 0.01; done
stopped=$(ms)
runuser -u wso2 -- env -u CARBON_HOME JAVA_HOME="$java" JVM_MEM_OPTS="$memory" JAVA_OPTS="$options" setsid sh $home/bin/wso2server.sh start $profile </dev/null >/dev/null 2>&1
until curl -skf -o /dev/null https://127.0.0.1:9443/services/Version; do sleep 0.01; done
ready=$(ms)
echo $((stopped - began)) $((ready - stopped))
`;

/** `npm run bench -- restart`: what the tool adds to a restart, beside what the server itself takes. */
export async function benchRestarts(): Promise<void> {
  await buildPack();
  const cluster = await createCluster('restart', '10.88.0');
  try {
    await runDeploy(cluster);
    const own: Restart[] = [];
    const ours: Restart[] = [];
    const whole: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const node of nodes) own.push(await restartByHand(cluster, node));
      // The process is another one now, and was not found ready by the tool: that has to be seen once.
      await runDeploy(cluster);
      for (const node of nodes) await cluster.lab.exec(node, 'rm /opt/wso2/*/.apim-orchestrate/running');
      const events = await runDeploy(cluster);
      ours.push(...nodes.map((node) => restartIn(events, node)));
      whole.push(
        ...events.flatMap((event) => (event.type === 'run-finished' ? [event.ms / 1000 / nodes.length] : [])),
      );
    }
    print(own, ours, whole);
  } finally {
    await cluster.close();
  }
}

async function restartByHand(cluster: Cluster, node: string): Promise<Restart> {
  const { code, stdout, stderr } = await cluster.lab.exec(node, byHand);
  const [stop, boot] = stdout.trim().split(' ').map(Number);
  if (code !== 0 || stop === undefined || boot === undefined)
    throw new Error(`${node} was not restarted: ${stdout}${stderr}`);
  return { stop: stop / 1000, boot: boot / 1000 };
}

async function runDeploy(cluster: Cluster): Promise<readonly Event[]> {
  const { code, events, stdout, stderr } = await runJson('deploy', cluster.inventory);
  if (code !== 0) throw new Error(`the deployment failed\n${stdout.slice(-2000)}${stderr}`);
  return events;
}

function restartIn(events: readonly Event[], node: string): Restart {
  const took = (step: string) =>
    events.reduce(
      (sum, event) =>
        event.type === 'step-finished' && event.host === node && event.step === step ? sum + event.ms : sum,
      0,
    ) / 1000;
  return { stop: took('start-server'), boot: took('wait-ready') };
}

function print(own: readonly Restart[], ours: readonly Restart[], whole: readonly number[]): void {
  const middle = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const row = (what: string, ...cells: readonly number[]) =>
    process.stdout.write(
      `${what.padEnd(44)}${cells.map((cell) => `${cell.toFixed(2).padStart(8)} s`).join('')}\n`,
    );
  const all = ({ stop, boot }: Restart) => stop + boot;
  process.stdout.write(`\nrestarts of ${own.length} servers, each alone; the middle of them\n`);
  row(
    'the server itself: its stop, its boot, both',
    middle(own.map(({ stop }) => stop)),
    middle(own.map(({ boot }) => boot)),
    middle(own.map(all)),
  );
  row(
    'ours: start-server, wait-ready, both',
    middle(ours.map(({ stop }) => stop)),
    middle(ours.map(({ boot }) => boot)),
    middle(ours.map(all)),
  );
  row('ours beyond the server', middle(ours.map(all)) - middle(own.map(all)));
  row('the whole run, a node', middle(whole));
}
