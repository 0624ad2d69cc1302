import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../errors.ts';

/** What was sent to a cluster while something was done to it, and what came of it. */
export interface LoadSeen {
  readonly began: Date;
  readonly seconds: number;
  /** In the order in which the file has them. */
  readonly roles: readonly RoleLoad[];
  readonly handshakes?: HandshakesSeen;
}

/** The requests to nodes of one role. */
export interface RoleLoad extends Tally {
  readonly role: string;
  /** Those in which anything ended. */
  readonly bySecond: readonly (Tally & { readonly second: number })[];
}

/** How many requests ended, and how. */
interface Tally {
  readonly requests: number;
  /** How many failed, by cause. */
  readonly failures: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

/** TLS handshakes of nodes with one another. */
interface HandshakesSeen {
  readonly made: number;
  readonly refused: number;
  readonly closed: number;
  readonly failed: number;
}

const count = z.int().min(0);
const tally = z.object({
  requests: count,
  failures: z.record(z.string(), count).default({}),
  slowestMs: z.number().min(0).default(0),
});
const form = z.object({
  began: z.iso.datetime({ offset: true }),
  seconds: z.number().min(0),
  roles: z.record(z.string(), tally),
  bySecond: z.array(z.object({ second: count, roles: z.record(z.string(), tally) })),
  handshakes: z.object({ made: count, refused: count, closed: count, failed: count }).optional(),
});

/** Reads a report of a load, in JSON as docs/operations.md has it. Throws `UsageError` if it is none. */
export function readLoad(file: string): LoadSeen {
  const found = form.safeParse(parse(file));
  if (!found.success) {
    const [issue] = found.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new UsageError(
      `${file} is no report of a load: ${where === '' ? '' : `${where}: `}${issue?.message}`,
    );
  }
  const { began, seconds, roles, bySecond, handshakes } = found.data;
  return {
    began: new Date(began),
    seconds,
    roles: Object.entries(roles).map(([role, total]) => ({
      role,
      ...total,
      bySecond: bySecond.flatMap(({ second, roles: all }) => {
        const own = all[role];
        return own === undefined ? [] : [{ second, ...own }];
      }),
    })),
    ...(handshakes === undefined ? {} : { handshakes }),
  };
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
