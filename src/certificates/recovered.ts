import { bearers, pkiFiles } from '../apim/cluster/keystores.ts';
import type { Topology } from '../apim/cluster/topology.ts';
import { StepFailed } from '../errors.ts';
import { describe } from '../pki/certificate.ts';
import type { KeyEntry } from '../pki/key-entry.ts';
import { words } from './found-keystores.ts';
import type { Holding } from './holdings.ts';

/** A file of the pki folder as it is to be. */
export interface RecoveredFile {
  readonly path: string;
  readonly text: string;
  readonly isKey: boolean;
}

/** All that the servers tell of the folder. Throws if they do not agree. */
export function recovered(topology: Topology, holdings: readonly Holding[]): RecoveredFile[] {
  const files = pkiFiles(topology);
  const { certificates } = topology.settings;
  refuseClosed(holdings);
  const primaries = holdings.flatMap(({ host, primary }) =>
    primary === undefined ? [] : [{ host, of: primary }],
  );
  const [first] = primaries;
  if (first === undefined)
    throw new StepFailed({
      cause: 'no server holds a keystore of ours, so there is nothing to recover',
      hint: 'if this cluster was never deployed, deploy makes what is needed',
    });
  refuseDifferent(
    'hold different keys where all are to share one',
    primaries.map(({ host, of }) => ({ host, certificate: of.certificates[0] ?? '' })),
  );
  const authority = certificates.authority === undefined ? issuing(holdings) : undefined;
  const trusted = holdings.flatMap(({ authority: own, retiring: others }) => [
    ...(own === undefined || certificates.authority !== undefined ? [] : [own]),
    ...others,
  ]);
  const retiring = [...new Set(trusted)].filter((each) => each !== authority);
  const roots = [...(authority === undefined ? [] : [authority]), ...retiring];
  const pair = (
    place: { certificate: string; key: string },
    { key, certificates: all }: KeyEntry,
  ): RecoveredFile[] => [
    { path: place.key, text: key, isKey: true },
    { path: place.certificate, text: all.filter((each) => !roots.includes(each)).join(''), isKey: false },
  ];
  const all = bearers(topology);
  return [
    ...(certificates.primary === undefined ? pair(files.primary, first.of) : []),
    ...signingPairs(holdings, first.of).flatMap(([name, of]) => pair(files[name], of)),
    ...holdings.flatMap(({ host, own }) => {
      const bearer = all.find((each) => each.host.name === host);
      return own === undefined || bearer === undefined || bearer.own !== undefined
        ? []
        : pair(files.node(bearer), own);
    }),
    ...(retiring.length === 0 ? [] : [{ path: files.retiring, text: retiring.join(''), isKey: false }]),
    ...(authority === undefined
      ? []
      : [{ path: files.authority.certificate, text: authority, isKey: false }]),
  ];
}

/**
 * The pairs that sign tokens in place of the shared one. In the middle of a rotation it is the latest of those that all
 * nodes hold: what it signs is valid everywhere.
 */
function signingPairs(
  holdings: readonly Holding[],
  primary: KeyEntry,
): (readonly ['signing' | 'nextSigning' | 'retiringSigning', KeyEntry])[] {
  const known = holdings.flatMap(({ primary: of, signing }) =>
    of === undefined ? [] : [signing?.pairs ?? []],
  );
  const begin = ({ certificates: [own = ''] }: KeyEntry) => describe(own).notBefore.getTime();
  const all = [...new Map(known.flat().map((each) => [each.certificates[0], each])).values()];
  all.sort((one, other) => begin(one) - begin(other));
  const apart = holdings.some(({ signing }) => signing?.apart === true);
  const at = apart
    ? all.findLastIndex((each) =>
        known.every((pairs) => pairs.some(({ certificates }) => certificates[0] === each.certificates[0])),
      )
    : -1;
  const [signs, next] = [all[at], all[at + 1]];
  const before =
    all[at - 1] ?? (holdings.some(({ signing }) => signing?.shared === true) ? primary : undefined);
  return [
    ...(signs === undefined ? [] : [['signing', signs] as const]),
    ...(next === undefined ? [] : [['nextSigning', next] as const]),
    ...(signs === undefined || next !== undefined || before === undefined
      ? []
      : [['retiringSigning', before] as const]),
  ];
}

/**
 * The authority that issues: in the middle of a rotation, where some nodes have a certificate of the next one, the latest
 * of those that all of them trust.
 */
function issuing(holdings: readonly Holding[]): string | undefined {
  const known = holdings.flatMap(({ host, authority }) =>
    authority === undefined ? [] : [{ host, certificate: authority }],
  );
  const byAll = known.filter(({ certificate }) =>
    holdings.every(
      ({ authority, retiring }) =>
        authority === undefined || authority === certificate || retiring.includes(certificate),
    ),
  );
  if (byAll.length < known.length) refuseDifferent('trust different authorities', known);
  const begin = ({ certificate }: { certificate: string }) => describe(certificate).notBefore.getTime();
  return byAll.sort((one, other) => begin(other) - begin(one))[0]?.certificate;
}

function refuseClosed(holdings: readonly Holding[]): void {
  const closed = holdings.flatMap(({ host, closed: all }) => all.map((each) => `${host}: ${each}`));
  if (closed.length === 0) return;
  throw new StepFailed({
    cause: 'not all keystores can be read, so nothing was written',
    tail: closed,
    hint: 'give the passwords with which they were made as keystore.password and truststore.password in the inventory, or leave those hosts out by --limit',
  });
}

function refuseDifferent(what: string, all: readonly { host: string; certificate: string }[]): void {
  const [first] = all;
  if (first === undefined || all.every(({ certificate }) => certificate === first.certificate)) return;
  throw new StepFailed({
    cause: `the nodes ${what}, so nothing was written`,
    tail: all.map(({ host, certificate }) => `${host}: ${words(certificate)}`),
    hint: 'find out which of them belong to this cluster, and name those by --limit',
  });
}
