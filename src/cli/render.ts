import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deploymentToml } from '../apim/config/deployment-toml.ts';
import { exitCodes } from './exit-codes.ts';
import { type CommonOptions, openSession, withinLimit } from './session.ts';

/** Writes `DIR/<host>/deployment.toml` for every node, without any connection. */
export async function renderConfig(
  inventoryFile: string,
  options: CommonOptions & { readonly out: string; readonly reveal?: boolean },
): Promise<number> {
  const session = await openSession(inventoryFile, options, 'render', { acts: false });
  const { world, pool } = session;
  await pool.close();
  const { nodes } = world.topology;
  const all = nodes.map((node) => node.host);
  const hosts = withinLimit(session, all, 'the nodes');
  for (const node of nodes.filter((each) => hosts.includes(each.host))) {
    const folder = join(options.out, node.host.name);
    const file = join(folder, 'deployment.toml');
    const document = deploymentToml(world.topology, node);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.part`, options.reveal === true ? document.reveal() : document.face, {
      mode: 0o600,
    });
    renameSync(`${file}.part`, file);
    process.stdout.write(`${file}\n`);
  }
  return exitCodes.ok;
}
