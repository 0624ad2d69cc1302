import { type JksEntry, KeystoreError, readJks, writeJks } from './jks.ts';

/** What a truststore became, and what that took. */
export interface MergedTrust {
  readonly bytes: Buffer;
  readonly changed: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Merges certificates into a truststore without losing any other entry. Opens it with the present password, or with
 * the one it was shipped with; it ends with the present one. An alias of ours in the way is replaced.
 */
export function mergeTrust(
  existing: Uint8Array,
  passwords: { readonly now: string; readonly shipped: string },
  wanted: readonly { readonly alias: string; readonly certificate: Uint8Array }[],
  unwanted: (entry: JksEntry, all: readonly JksEntry[]) => boolean,
): MergedTrust {
  let entries: JksEntry[];
  let opened = true;
  try {
    entries = readJks(existing, passwords.now);
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    entries = readJks(existing, passwords.shipped);
    opened = passwords.now === passwords.shipped;
  }
  const ours = new Map(
    wanted.map(({ alias, certificate }) => [alias.toLowerCase(), Buffer.from(certificate)]),
  );
  const removed = entries
    .filter((entry) => !ours.has(entry.alias) && unwanted(entry, entries))
    .map((entry) => entry.alias);
  const kept = entries.filter((entry) => {
    if (removed.includes(entry.alias)) return false;
    const certificate = ours.get(entry.alias);
    return certificate === undefined || (entry.type === 'trusted' && entry.certificate.equals(certificate));
  });
  const present = new Set(kept.map((entry) => entry.alias));
  const added = [...ours.keys()].filter((alias) => !present.has(alias));
  if (opened && added.length === 0 && removed.length === 0)
    return { bytes: Buffer.from(existing), changed: false, added, removed };
  const fresh = added.map(
    (alias): JksEntry => ({
      type: 'trusted',
      alias,
      date: new Date(0),
      certificate: ours.get(alias) ?? Buffer.alloc(0),
    }),
  );
  return { bytes: writeJks([...kept, ...fresh], passwords.now), changed: true, added, removed };
}
