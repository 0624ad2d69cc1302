import type { Topology } from '../apim/cluster/topology.ts';
import { betterFor, findPrograms, programsFor, readPrograms } from '../apim/database/dump.ts';
import { controller } from '../engine/controller.ts';
import { placeOf } from '../engine/places.ts';
import { StepFailed, UsageError } from '../errors.ts';
import type { ProgramAt } from '../steps/backup-databases.ts';
import { isNode, lookAtMany } from './many-hosts.ts';
import type { Session } from './session.ts';

type Spoken = Parameters<typeof programsFor>[1];

/** Whether the databases are of a type that can be dumped. Throws `UsageError` if not, with what to say instead. */
export function spokenType({ settings }: Topology): Spoken {
  const { type, apim, shared } = settings.database;
  if (type === 'mysql' || type === 'mariadb' || type === 'postgresql') return type;
  throw new UsageError(
    `${shared.name} and ${apim.name} are of type ${type}, which this tool cannot dump or load: have its own tools do that, and leave them out here by --no-databases`,
  );
}

/**
 * Looks for the server's own program at all hosts of the inventory that are in the run, and on this machine: the one that
 * fits the server best; of equal ones that of a node, for nodes reach the databases. Throws `StepFailed` if nobody has one.
 */
export async function findProgram(session: Session, use: 'dump' | 'load'): Promise<ProgramAt> {
  const { world } = session;
  const type = spokenType(world.topology);
  const names = programsFor(use, type);
  const hosts = [
    ...session.hosts.filter((host) => isNode(world, host)),
    ...session.hosts.filter((host) => !isNode(world, host)),
    controller,
  ];
  const each = hosts.filter(
    (host, index) => hosts.findIndex((other) => placeOf(other) === placeOf(host)) === index,
  );
  const silent: string[] = [];
  const found = await lookAtMany(session).each(
    each,
    async ({ host, connection }): Promise<ProgramAt[]> => {
      const { stdout } = await connection.ask(findPrograms(names));
      return readPrograms(stdout).map((program) => ({ host, program }));
    },
    ({ name }, why) => {
      silent.push(`${name}: ${why}`);
      return [];
    },
  );
  const [best] = found.flat().sort((one, other) => betterFor(type, one.program, other.program));
  if (best !== undefined) return best;
  throw new StepFailed({
    cause: `none of ${each.map(({ name }) => name).join(', ')} has ${names.join(' or ')}`,
    tail: silent,
    hint: `install it on one of them (${type === 'postgresql' ? 'postgresql-client' : 'mariadb-client or mysql-client'}); or leave the databases out${use === 'dump' ? ' by --no-databases' : ', without --databases'}`,
  });
}
