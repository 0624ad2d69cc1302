import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringUpFive } from './five.ts';
import { createLab, labScript } from './lab.ts';
import { loadCommand } from './load/command.ts';
import { runHere } from './process.ts';
import { buildStandIn } from './standin.ts';
import { bringUpTen } from './ten.ts';
import { writeInventory } from './workspace.ts';

/** `npm run lab -- VERB …`: the lab for people, with its files under `.lab/` of the checkout. */

const lab = createLab();
const workspace = fileURLToPath(new URL('../../.lab', import.meta.url));
const prepareScript = fileURLToPath(new URL('../../scripts/prepare.sh', import.meta.url));

const help = `npm run lab -- up five          five hosts, one a component, and a database; inventory in .lab/
npm run lab -- up ten           two hosts a component, a balancer, a database, a shared file system
npm run lab -- up N | NAME...   bare hosts h1..hN, or these
npm run lab -- load [--seconds N] [--rate N] [--json]
                                requests through the balancer of ten to every role, until Ctrl-C or N seconds have
                                passed; then what was seen. Exits with 1 if anything failed
npm run lab -- down             remove all of it
npm run lab -- ssh HOST [COMMAND...]

and all that lab.sh does:
`;

async function up(wanted: readonly string[]): Promise<number> {
  const prepared = await runHere([prepareScript], {});
  if (prepared !== 0) return prepared;
  const began = Date.now();
  if (wanted.length === 1 && wanted[0] === 'five') return await upCluster(began, bringUpFive);
  if (wanted.length === 1 && wanted[0] === 'ten') return await upCluster(began, bringUpTen);
  const code = await runHere([labScript, 'up', ...wanted], lab.environment);
  if (code !== 0) return code;
  const hosts = await lab.hosts();
  const entries = hosts.map(({ name, address }) => ({ group: 'bare', name, address }));
  told(await writeInventory(workspace, lab, { entries }), hosts.length, began);
  return 0;
}

async function upCluster(began: number, bringUp: typeof bringUpFive | typeof bringUpTen): Promise<number> {
  const pack = await buildStandIn();
  const { inventory, hosts } = await bringUp(lab, workspace, { pack });
  told(inventory, hosts.length, began);
  console.log(`next: node_modules/.bin/apim-orchestrate deploy ${relative(process.cwd(), inventory)}`);
  return 0;
}

function told(inventory: string, hosts: number, began: number): void {
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(
    `${hosts} hosts are up after ${seconds} s; their inventory is ${relative(process.cwd(), inventory)}`,
  );
}

async function main([verb = 'help', ...rest]: readonly string[]): Promise<number> {
  if (verb === 'up') return await up(rest);
  if (verb === 'load') return await loadCommand(lab, join(workspace, 'inventory.yaml'), rest);
  if (verb === 'help') console.log(help);
  const argv = verb === 'help' ? [labScript] : [labScript, verb, ...rest];
  const code = await runHere(argv, lab.environment);
  if (verb === 'down' && rest.length === 0 && code === 0)
    await rm(workspace, { recursive: true, force: true });
  return code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
