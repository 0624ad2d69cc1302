import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringUpFive, type FiveOptions } from '../lab/five.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import { bringUpTen, type TenOptions } from '../lab/ten.ts';
import { buildPack, type PackOptions } from '../standin/build.ts';

/** Hosts of a lab, and an inventory for them. */
export interface Cluster {
  readonly lab: Lab;
  readonly folder: string;
  readonly inventory: string;
  /** Replaces a text in the inventory; fails if it is not there. */
  edit(from: string | RegExp, to: string | ((...found: string[]) => string)): Promise<void>;
  secret(name: 'admin' | 'keystore' | 'db-admin' | 'apim-db' | 'shared-db'): Promise<string>;
  /** Every link of the server at a port, as the stand-in sees it: `name url why`, only those that are down. */
  brokenLinks(host: string, port?: number): Promise<string[]>;
  close(): Promise<void>;
}

/** Brings up a lab of its own, with the stand-in to deploy. */
export async function createCluster(
  name: string,
  network: string,
  options: FiveOptions = {},
  packOptions: PackOptions = {},
): Promise<Cluster> {
  const pack = await buildPack(packOptions);
  return clusterOn(name, network, (lab, folder) => bringUpFive(lab, folder, { pack, ...options }));
}

/** Brings up two hosts for each component, with a balancer and a shared file system. */
export async function createPairs(name: string, network: string, options: TenOptions = {}): Promise<Cluster> {
  const pack = await buildPack();
  return clusterOn(name, network, (lab, folder) => bringUpTen(lab, folder, { pack, ...options }));
}

async function clusterOn(
  name: string,
  network: string,
  bringUp: (lab: Lab, folder: string) => Promise<{ readonly inventory: string }>,
): Promise<Cluster> {
  const lab = createLab({ name, network });
  await lab.down();
  const folder = await mkdtemp(join(tmpdir(), `cluster-${name}-`));
  const { inventory } = await bringUp(lab, folder);
  return {
    lab,
    folder,
    inventory,
    async edit(from, to) {
      const text = await readFile(inventory, 'utf8');
      const changed = typeof to === 'string' ? text.replace(from, to) : text.replace(from, to);
      if (changed === text) throw new Error(`${from} is not in the inventory`);
      await writeFile(inventory, changed);
    },
    secret: (secret) => readFile(join(folder, 'secrets', secret), 'utf8'),
    async brokenLinks(host, port = 9443) {
      return brokenLinksAt(await lab.address(host), port);
    },
    async close() {
      await lab.down();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every link that is still down after half a minute, as the stand-in at a port sees it: `name url why`. */
export async function brokenLinksAt(address: string, port: number): Promise<string[]> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const links = JSON.parse(await askStandIn(address, port, '/standin/links')) as {
      name: string;
      url: string;
      up: boolean;
      why?: string;
    }[];
    const broken = links.filter((link) => !link.up).map((link) => `${link.name} ${link.url}: ${link.why}`);
    if ((links.length > 0 && broken.length === 0) || Date.now() > deadline)
      return links.length === 0 ? ['it tells of no link'] : broken;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Asks the stand-in itself, whatever its certificate says: that is for the others to judge. */
export function askStandIn(host: string, port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const asked = get({ host, port, path, rejectUnauthorized: false, timeout: 3_000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(text));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve('[]'));
  });
}
