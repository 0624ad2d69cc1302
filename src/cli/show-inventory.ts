import { InputError, UsageError } from '../errors.ts';
import { suggestion } from '../input/decode.ts';
import { graph, listed, sortedJson, variablesOf } from '../input/listing.ts';
import { readInventory, refuseIssues } from '../input/read-inventory.ts';
import { exitCodes } from './exit-codes.ts';
import { type ExtraVarsOptions, extraVars } from './extra-vars.ts';
import { vaultFrom } from './vault-password.ts';
import type { VaultOptions } from './vault-sources.ts';

/** What to show of an inventory: one of the three. */
export interface ShowInventoryOptions extends VaultOptions, ExtraVarsOptions {
  /** More inventories, added to the first. */
  readonly inventory?: readonly string[];
  readonly list?: boolean;
  readonly host?: string;
  /** The group to begin with; `true` for all of them. */
  readonly graph?: string | true;
  readonly reveal?: boolean;
}

/** Prints an inventory as it is understood, in the forms of `ansible-inventory`. Without a vault password values stay encrypted. */
export async function showInventory(file: string, options: ShowInventoryOptions): Promise<number> {
  const { list, host, graph: top, reveal = false } = options;
  const asked = [list, host, top].filter((each) => each !== undefined).length;
  if (asked !== 1)
    throw new UsageError(
      `${asked === 0 ? 'nothing is asked for' : 'one of them at a time'}: --list, --host NAME or --graph [GROUP]`,
    );
  const vault = (await vaultFrom(options)) ?? 'closed';
  const written = await readInventory(file, {
    vault,
    extra: extraVars(options, vault),
    more: options.inventory ?? [],
  });
  const { tree } = written;
  // Whoever looks for a mistake has to see the rest, so one in a host that is not asked for is none here.
  const print = (text: string) => {
    refuseIssues(written.issues);
    process.stdout.write(`${text}\n`);
    return exitCodes.ok;
  };
  if (list === true) return print(sortedJson(listed(written, reveal)));
  if (host !== undefined) {
    if (!tree.hosts.has(host))
      throw new UsageError(`${file} has no host "${host}"${suggestion(host, [...tree.hosts.keys()])}`);
    return print(sortedJson(variablesOf(written, host, reveal)));
  }
  const name = top === true || top === undefined ? 'all' : top;
  if (!tree.groups.has(name))
    throw new UsageError(`${file} has no group "${name}"${suggestion(name, [...tree.groups.keys()])}`);
  const drawn = graph(tree, name);
  if (drawn === undefined)
    throw new InputError([
      { file, line: 1, column: 1, path: name, message: 'a graph of it would have more than a million lines' },
    ]);
  return print(drawn);
}
