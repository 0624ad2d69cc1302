import type { Host } from '../input/inventory.ts';

/** How a host may go with others: what a step says of it in a play `in: waves`, or in one beside another. */
export interface Company {
  /** Why nobody else of its group, or of a play beside its own, may be at work meanwhile. */
  readonly alone?: string;
  /** What it makes that the others count on. The first host that makes it goes before them, by itself. */
  readonly makes?: string;
}

/** Hosts that go at the same time, and why so few, if that needs a reason. */
export interface Wave {
  readonly hosts: readonly Host[];
  readonly why?: string;
}

/**
 * Splits a group into waves: whoever makes something first, each by itself; then all who can go together; at last those
 * who have to be alone, one after another. So what is down comes up before what still serves is taken down. `made` is
 * what hosts have made before, and hears of what these will make.
 */
export function wavesOf(
  group: readonly { readonly host: Host; readonly company: Company }[],
  made: Set<string>,
): Wave[] {
  const first: Wave[] = [];
  const together: Host[] = [];
  const alone: Wave[] = [];
  for (const { host, company } of group) {
    if (company.alone !== undefined) alone.push({ hosts: [host], why: company.alone });
    else if (company.makes === undefined || made.has(company.makes)) together.push(host);
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
  const alone = companies.find((each) => each.alone !== undefined)?.alone;
  const makes = companies.find((each) => each.makes !== undefined)?.makes;
  return { ...(alone === undefined ? {} : { alone }), ...(makes === undefined ? {} : { makes }) };
}
