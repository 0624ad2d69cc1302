import { authorityAlias, bearers, pkiFiles, trustFiles } from '../apim/cluster/keystores.ts';
import type { OwnCertificate } from '../apim/settings/cluster-settings.ts';
import type { Asks } from '../engine/step.ts';
import { StepFailed } from '../errors.ts';
import { BundleError, type Chain, orderChain } from '../pki/bundle.ts';
import { describe, isCertificate, isKey, splitPem } from '../pki/certificate.ts';
import { KeystoreError } from '../pki/jks.ts';
import { readKeystore } from '../pki/key-entry.ts';
import { decodeBytes, readBytes } from '../shell/files.ts';
import { allFiles, keystorePaths, openKey, printAll, readAll, trustFrom } from './folder.ts';
import type { Authority, Material, Pair, Scope, SigningPairs } from './material.ts';

/** Reads the pki folder and what was brought, in one round of questions. Ask it `once`: it is the same for all nodes. */
export async function readMaterial({ here }: Pick<Asks, 'here'>, scope: Scope): Promise<Material> {
  const { topology } = scope;
  const { certificates } = topology.settings;
  const files = pkiFiles(topology);
  const stores = keystorePaths(topology);
  const [printed, ...opened] = await Promise.all([
    here(printAll(allFiles(topology))),
    ...stores.map((path) => here(readBytes(path))),
  ]);
  const texts = readAll(printed.stdout);
  const found: Found = {
    texts,
    keyAt: opener(texts, scope),
    stores: new Map(stores.map((path, index) => [path, decodeBytes(opened[index]?.stdout ?? '')])),
  };
  const retiring = splitPem(found.texts.get(files.retiring) ?? '').filter(isCertificate);
  const brought = trustFrom(trustFiles(topology), found.texts);
  const present =
    pairFrom(found, certificates.authority, files.authority, [...brought.values(), ...retiring]) ??
    keylessFrom(found, files.authority);
  const beside =
    certificates.authority === undefined ? pairFrom(found, undefined, files.next, []) : undefined;
  const { authority, next, misnamed } = succession(present, beside, retiring);
  const others = [...(next === undefined ? [] : [next.certificate]), ...retiring];
  const trust = new Map([
    ...brought,
    ...others
      .filter((each) => each !== authority?.certificate)
      .map((each) => [authorityAlias(describe(each).fingerprint), each] as const),
  ]);
  const issuers = [
    ...(authority === undefined ? [] : [authority.certificate, ...authority.chain]),
    ...trust.values(),
  ];
  const nodes = new Map<string, Pair>();
  const requests = new Map<string, { key: string | undefined; request: string | undefined }>();
  for (const bearer of bearers(topology)) {
    const place = files.node(bearer);
    const pair = pairFrom(found, bearer.own, place, issuers);
    if (pair !== undefined) nodes.set(bearer.host.name, pair);
    const key = found.keyAt(place.key);
    requests.set(bearer.host.name, {
      key: pair?.key === key || (key !== undefined && isKey(key)) ? key : undefined,
      request: found.texts.get(place.request),
    });
  }
  const primary = pairFrom(found, certificates.primary, files.primary, issuers);
  const signing = signingPairs(
    pairFrom(found, undefined, files.signing, issuers),
    pairFrom(found, undefined, files.nextSigning, issuers),
    pairFrom(found, undefined, files.retiringSigning, issuers),
    splitPem(found.texts.get(files.withdrawnSigning) ?? ''),
  );
  const lonely = [
    ...(authority === undefined ? [files.authority] : []),
    ...(beside === undefined ? [files.next] : []),
    ...(primary === undefined ? [files.primary] : []),
    ...(signing.next === undefined && !signing.misnamed ? [files.nextSigning] : []),
    ...bearers(topology)
      .filter(({ host }) => !nodes.has(host.name))
      .map((bearer) => files.node(bearer)),
  ];
  return {
    authority,
    next,
    misnamed,
    primary,
    signing,
    nodes,
    requests,
    trust,
    retiring,
    outgoing: splitPem(found.texts.get(files.outgoing) ?? '').filter(isCertificate),
    ...lonelyKeys(found, lonely),
  };
}

/**
 * Which authority issues, and which is the next one. The next one issues from the moment at which the one before it is
 * among those that issue no more; that its files take the names of the other comes after, and may have broken off.
 */
function succession(
  present: Authority | undefined,
  beside: Pair | undefined,
  retiring: readonly string[],
): Pick<Material, 'authority' | 'next' | 'misnamed'> {
  if (beside === undefined || present === undefined)
    return { authority: present, next: undefined, misnamed: false };
  if (beside.certificate === present.certificate || retiring.includes(present.certificate))
    return { authority: beside, next: undefined, misnamed: true };
  return { authority: present, next: beside, misnamed: false };
}

/**
 * Which pair signs tokens. A next one is made only where none is retiring, so it signs from the moment at which there is
 * one that retires; that its files take their names comes after, and may have broken off.
 */
function signingPairs(
  present: Pair | undefined,
  beside: Pair | undefined,
  retiring: Pair | undefined,
  withdrawn: readonly string[],
): SigningPairs {
  const misnamed = retiring !== undefined && beside !== undefined;
  return {
    own: misnamed ? beside : present,
    next: misnamed ? undefined : beside,
    retiring,
    withdrawn: withdrawn.length > 0,
    misnamed,
  };
}

/** Keys without a certificate. None of them is written over: one that can be read gets a certificate again. */
function lonelyKeys(found: Found, places: readonly { readonly key: string }[]) {
  const spare = new Map<string, string>();
  const damaged = new Map<string, string>();
  for (const { key: path } of places) {
    const key = found.keyAt(path);
    if (key === undefined) continue;
    if (isKey(key)) spare.set(path, key);
    else damaged.set(path, found.texts.get(path) ?? '');
  }
  return { spare, damaged };
}

/** An authority whose certificate is here and whose key is not: what it has issued is still to be trusted. */
function keylessFrom(
  { texts, keyAt }: Found,
  place: { readonly certificate: string; readonly key: string },
): Authority | undefined {
  const [certificate, ...chain] = splitPem(texts.get(place.certificate) ?? '');
  if (certificate === undefined || !isCertificate(certificate)) return undefined;
  const key = keyAt(place.key);
  const why =
    key === undefined
      ? 'is not there'
      : isKey(key)
        ? `does not belong to ${place.certificate}`
        : 'holds no private key that can be read';
  return { certificate, chain, key: undefined, keyless: `${place.key} ${why}` };
}

interface Found {
  readonly texts: ReadonlyMap<string, string>;
  /** The text of a key, decrypted. */
  readonly keyAt: (path: string) => string | undefined;
  readonly stores: ReadonlyMap<string, Uint8Array | undefined>;
}

/** To decrypt a key takes long on purpose, so each is decrypted once. */
function opener(texts: ReadonlyMap<string, string>, scope: Scope): Found['keyAt'] {
  const open = new Map<string, string>();
  return (path) => {
    const text = texts.get(path);
    if (text === undefined) return undefined;
    const key = open.get(path) ?? openKey(path, text, scope);
    open.set(path, key);
    return key;
  };
}

/** A pair that was brought must be sound; one of the pki folder counts only if it is. */
function pairFrom(
  found: Found,
  own: OwnCertificate | undefined,
  place: { readonly certificate: string; readonly key: string },
  issuers: readonly string[],
): Pair | undefined {
  if (own !== undefined) return broughtPair(found, own, issuers);
  const certificate = found.texts.get(place.certificate);
  if (certificate === undefined) return undefined;
  const key = found.keyAt(place.key);
  if (key === undefined) return undefined;
  try {
    // Key and certificate are two files: a run that died between them leaves two that do not belong together.
    return { ...ordered(splitPem(certificate), issuers, key), key };
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

function broughtPair({ texts, keyAt, stores }: Found, own: OwnCertificate, issuers: readonly string[]): Pair {
  const where = own.keystore ?? own.certificate ?? '';
  const refuse = (cause: string): never => {
    throw new StepFailed({
      cause: `${where}: ${cause}`,
      hint: 'correct the file, or the inventory that names it',
    });
  };
  try {
    if (own.keystore !== undefined) {
      const bytes = stores.get(own.keystore);
      if (bytes === undefined) return refuse('there is no such file on this machine');
      const { key, certificates } = readKeystore(bytes, own.password?.reveal() ?? '', own.alias);
      return { ...ordered(certificates, issuers, key), key };
    }
    const certificate = texts.get(own.certificate ?? '');
    if (certificate === undefined) return refuse('there is no such file on this machine');
    const key = keyAt(own.key ?? '');
    if (key === undefined) return refuse(`its key ${own.key} is not on this machine`);
    return { ...ordered(splitPem(certificate), issuers, key), key };
  } catch (error) {
    if (error instanceof BundleError || error instanceof KeystoreError) return refuse(error.message);
    throw error;
  }
}

function ordered(certificates: readonly string[], issuers: readonly string[], key: string): Chain {
  const own = new Set(certificates);
  return orderChain([...certificates, ...issuers.filter((each) => !own.has(each))], key);
}
