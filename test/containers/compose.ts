import { connect } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { composeHosts } from '../lab/compose/write.ts';
import { type Outcome, runProcess } from '../lab/process.ts';
import type { Engine } from './engine.ts';

const root = resolve(import.meta.dirname, '../..');

/** The hosts of docker-compose.test.yml, in a project of their own. */
export interface Composed {
  /** The network that they are in, as the engine names it. */
  readonly network: string;
  /** Builds the image, starts the containers, and resolves when all of them can be entered. */
  up(): Promise<void>;
  /** Stops and removes containers and network. */
  down(): Promise<void>;
  /** Names of the containers and networks that there are. */
  there(): Promise<readonly string[]>;
  /** Runs docker; rejects with what it said if it fails. */
  docker(...words: string[]): Promise<string>;
}

/** How docker-compose.test.yml is brought up: with compose 2 if the engine's client has it, otherwise with compose 1.29. */
export async function composed(engine: Engine, workspace: string, lan: string): Promise<Composed> {
  const project = 'apim-containers';
  const environment = { ...engine.environment, LAB_WORKSPACE: workspace, LAB_NETWORK: lan };
  const run = (argv: readonly string[]) => must(argv, environment);
  const second = await runProcess(['docker', 'compose', 'version'], { environment });
  const program = second.code === 0 ? ['docker', 'compose'] : ['docker-compose'];
  const compose = (...words: string[]) =>
    run([...program, '--project-name', project, '--file', `${root}/docker-compose.test.yml`, ...words]);
  const mine = ['--filter', `label=com.docker.compose.project=${project}`, '--format'];
  return {
    network: `${project}_lab`,
    async up() {
      // What an earlier run left, if it was ended by force.
      await compose('down');
      await compose('up', '--build', '--detach');
      await Promise.all(composeHosts(lan).map(({ address }) => entered(address)));
    },
    async down() {
      await compose('down');
    },
    async there() {
      const containers = await run(['docker', 'ps', '--all', ...mine, '{{.Names}}']);
      const networks = await run(['docker', 'network', 'ls', ...mine, '{{.Name}}']);
      return `${containers}${networks}`.split('\n').filter((name) => name !== '');
    },
    docker: (...words) => run(['docker', ...words]),
  };
}

async function must(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr }: Outcome = await runProcess(argv, { environment, timeoutMs: 900_000 });
  if (code !== 0)
    throw new Error(`${argv.join(' ')}: exit code ${code}\n${stdout.slice(-4_000)}\n${stderr.slice(-4_000)}`);
  return stdout;
}

/** Resolves when an SSH server greets at the address: start.sh starts it last. */
async function entered(address: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await greets(address))) {
    if (Date.now() > deadline) throw new Error(`no SSH server greets at ${address} after a minute`);
    await pause(100);
  }
}

function greets(address: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: address, port: 22, timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.on('data', (chunk) => end(chunk.toString().startsWith('SSH-')));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}
