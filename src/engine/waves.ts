import type { Batch } from '../input/batch.ts';
import type { Host } from '../input/inventory.ts';

/** How a host may go with others: what a step says of it in a play `in: waves`, or in one beside another. */
export interface Company {
  /** Why nobody else of its group, or of a play beside its own, may be at work meanwhile. */
  readonly alone?: string;
  /** Whether others who are to be alone may be at work with it after all: as many as the play lets be away at a time. */
  readonly batch?: boolean;
  /** What it makes that the others count on. The first host that makes it goes before them, by itself. */
  readonly makes?: string;
}

/** Hosts that go at the same time, and why so few, if that needs a reason. */
export interface Wave {
  readonly hosts: readonly Host[];
  readonly why?: string;
}

/** How many of a group of this size are away at a time. One always stays. */
export function widthOf(batch: Batch | undefined, size: number): number {
  if (batch === undefined) return 1;
  const wanted = 'hosts' in batch ? batch.hosts : Math.floor((size * batch.percent) / 100);
  return Math.max(1, Math.min(wanted, size - 1));
}

/**
 * Splits a group into waves: whoever makes something first, each by itself; then all who can go together; at last those
 * who have to be alone, one after another, or so many at a time as `batch` lets. So what is down comes up before what still serves is taken down. `made` is
 * what hosts have made before, and hears of what these will make.
 */
export function wavesOf(
  group: readonly { readonly host: Host; readonly company: Company }[],
  made: Set<string>,
  batch?: Batch,
): Wave[] {
  const width = widthOf(batch, group.length);
  const first: Wave[] = [];
  const together: Host[] = [];
  const alone: Wave[] = [];
  let open: { hosts: Host[]; why: string } | undefined;
  for (const { host, company } of group) {
    if (company.alone !== undefined) {
      const joins = company.batch === true && open !== undefined && open.hosts.length < width;
      if (joins) open?.hosts.push(host);
      else {
        const wave = { hosts: [host], why: company.alone };
        alone.push(wave);
        open = company.batch === true ? wave : undefined;
      }
    } else if (company.makes === undefined || made.has(company.makes)) together.push(host);
    else {
      made.add(company.makes);
      first.push({ hosts: [host], why: `it makes ${company.makes}` });
    }
  }
  const waves = [...first, ...(together.length === 0 ? [] : [{ hosts: together }]), ...alone];
  // Who is the only one has no company to keep away from.
  return group.length > 1 ? waves : waves.map(({ hosts }) => ({ hosts }));
}

/** What several steps say of one host, as one. */
export function strictest(companies: readonly Company[]): Company {
  const apart = companies.filter((each) => each.alone !== undefined);
  const [alone] = apart.map((each) => each.alone);
  const makes = companies.find((each) => each.makes !== undefined)?.makes;
  const batch = apart.length > 0 && apart.every((each) => each.batch === true);
  return {
    ...(alone === undefined ? {} : { alone }),
    ...(batch ? { batch } : {}),
    ...(makes === undefined ? {} : { makes }),
  };
}
