import { authorityAlias, trustedAliases } from '../../src/apim/cluster/keystores.ts';
import { securityFolder } from '../../src/apim/cluster/paths.ts';
import type { Material, Pair } from '../../src/certificates/material.ts';
import { issue } from '../../src/pki/authority.ts';
import { describe, toDer } from '../../src/pki/certificate.ts';
import { type JksEntry, readJks, writeJks } from '../../src/pki/jks.ts';
import { mergeTrust } from '../../src/pki/merge-trust.ts';
import { sha256 } from '../../src/pki/sum.ts';
import { installKeystores } from '../../src/steps/install-keystores.ts';
import { keystoreOf, material, noMaterial, otherMaterial as other } from '../support/material.ts';
import { caseTime, type StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const node = nodeFor(topology, 'key-manager');
const password = 'fake-keystore-password';
const trustPassword = 'fake-truststore-password';
const folder = securityFolder(node);
const [primary, tls, trustFile] = ['primary.jks', 'tls.jks', 'client-truststore.jks'].map(
  (name) => `${folder}/${name}`,
);
const own = (of: typeof material) => of.nodes.get('km') ?? of.primary;

const alias = authorityAlias(describe(material.authority.certificate).fingerprint);
const trusted = trustedAliases(topology, node, {
  trust: new Map([[alias, material.authority.certificate], ...material.trust]),
  signers: new Map([['gateway_certificate_alias', material.primary.certificate]]),
  unvouched: new Map(),
}).map(({ alias, certificate }) => ({ alias, certificate: toDer(certificate) }));
const store = mergeTrust(
  writeJks([], 'wso2carbon'),
  { now: trustPassword, shipped: 'wso2carbon' },
  trusted,
  () => false,
);

const sound = {
  primary: keystoreOf(material.primary, 'primary', password),
  tls: keystoreOf(own(material), 'tls', password),
  trust: store.bytes,
  shipped: undefined,
  noted: [],
  material,
};

/** What a look brings of these files. */
function found(
  files: {
    readonly primary: Uint8Array | undefined;
    readonly tls: Uint8Array | undefined;
    readonly trust: Uint8Array | undefined;
    readonly shipped: Uint8Array | undefined;
    readonly noted: readonly string[];
    readonly material: Material;
  },
  at = folder,
) {
  const { trust: bytes, shipped, noted } = files;
  const stores = [
    { path: `${at}/primary.jks`, tls: false, bytes: files.primary },
    { path: `${at}/tls.jks`, tls: true, bytes: files.tls },
  ].filter((each) => each.bytes !== undefined);
  const trust = { sum: bytes === undefined ? undefined : sha256(bytes), note: '', bytes, shipped, noted };
  return { stores, trust, material: files.material };
}
const at = { topology, at: 'km' };
const sum = (text: string) => sha256(text).slice(0, 8);
/** What was left there is noted, for the next look. */
const note =
  /^put \(wso2\) \/opt\/wso2\/[a-z-]+\/\.apim-orchestrate\/truststore 600 "[0-9a-f]{64} [0-9a-f]{64}\\n"$/;
const keptAs = (name: string, { certificate }: { certificate: string }) =>
  `${name}.kept-${describe(certificate).fingerprint.slice(0, 8)}`;
const brought = await topologyOf({
  apim: { certificates: { primary: { keystore: 'old.jks', password: 'fake-old-word' } } },
});

/** A truststore as the archive has it: one public certificate under three aliases, and another that is known by its sum. */
const shippedKey = otherPairOf('km');
const analytics = otherPairOf('gw');
const publicly = (alias: string, { certificate }: { certificate: string }) => ({
  type: 'trusted' as const,
  alias,
  date: new Date(0),
  certificate: toDer(certificate),
});
const shippedTrust = (word: string) =>
  writeJks(
    [
      ...['wso2carbon', 'gateway_certificate_alias', 'mzyx_rs256'].map((alias) =>
        publicly(alias, shippedKey),
      ),
      publicly('apim_analytics3.0.0', analytics),
      publicly('some-root', other.authority),
    ],
    word,
  );
const distrusting = await topologyOf({
  apim: { certificates: { distrust: [describe(analytics.certificate).fingerprint] } },
});
const sharing = await topologyOf({ apim: { shared_directories: { truststore: { source: 'nas:/apim' } } } });
const sharedTrust = '/opt/wso2/shared/nas-apim/truststore/client-truststore.jks';
const print = describe(shippedKey.certificate).fingerprint;

function withMore(entry: JksEntry): Buffer {
  return writeJks([...readJks(store.bytes, trustPassword), entry], trustPassword);
}

function otherPairOf(name: string): Pair {
  const pair = other.nodes.get(name);
  if (pair === undefined) throw new Error(`nothing was made for ${name}`);
  return pair;
}

const earlier = {
  ...(await issue({
    authority: material.authority,
    commonName: 'km.example.com',
    names: ['km.example.com'],
    days: 825,
    now: caseTime,
    usage: 'tls',
  })),
  chain: [material.authority.certificate],
};

export const step = installKeystores;

export const cases: readonly StepCase[] = [
  { ...at, when: 'all is as wanted', facts: found(sound), plans: {} },
  {
    ...at,
    when: 'nothing of ours is there',
    facts: found({ ...sound, primary: undefined, tls: undefined }),
    plans: {
      [`write ${primary}`]: [/^put \(wso2\) .*primary\.jks 600 \(\d+ bytes\)$/],
      [`write ${tls}`]: [/^put \(wso2\) .*tls\.jks 600 \(\d+ bytes\)$/],
    },
  },
  {
    ...at,
    when: 'the archive is there, and the certificates are still to be made',
    facts: found({
      ...sound,
      primary: undefined,
      tls: undefined,
      trust: shippedTrust('wso2carbon'),
      shipped: keystoreOf(shippedKey, 'wso2carbon', 'wso2carbon'),
      material: noMaterial,
    }),
    plans: {
      [`write ${primary}`]: ['after issue-certificates'],
      [`write ${tls}`]: ['after issue-certificates'],
      [`trust the cluster’s certificates in ${trustFile}`]: ['after issue-certificates'],
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^put .*shipped 644/, /^run .*rm -f/],
    },
  },
  {
    ...at,
    when: 'the certificates are made, and the archive is still to come',
    facts: found({ ...sound, primary: undefined, tls: undefined, trust: undefined }),
    plans: {
      [`write ${primary}`]: [/^put \(wso2\) .*primary\.jks 600/],
      [`write ${tls}`]: [/^put \(wso2\) .*tls\.jks 600/],
      [`trust the cluster’s certificates in ${trustFile}`]: ['after install-pack'],
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^run .*rm -f/],
    },
  },
  {
    ...at,
    when: 'the password has changed: the key is here, so its keystore is simply written',
    facts: found({ ...sound, primary: keystoreOf(material.primary, 'primary', 'fake-earlier-password') }),
    plans: { [`write ${primary}`]: [/^put \(wso2\) .*primary\.jks 600/] },
  },
  {
    ...at,
    when: 'the key for TLS is of another authority and nowhere else, so it stays beside',
    facts: found({ ...sound, tls: keystoreOf(own(other), 'tls', password) }),
    plans: {
      [`write ${tls}; the one there, whose key is nowhere else, stays as ${keptAs('tls.jks', own(other))}`]: [
        /^run \(wso2\) set -e; if ! test -e .*tls\.jks\.kept-[0-9a-f]{8}; then umask 077; ln .*chmod 600 .*kept-/,
        /^put \(wso2\) .*tls\.jks 600/,
      ],
    },
  },
  {
    ...at,
    when: 'the key for TLS was renewed by the same authority: nothing depends on the old one',
    facts: found({ ...sound, tls: keystoreOf(earlier, 'tls', password) }),
    plans: { [`write ${tls}`]: [/^put \(wso2\) .*tls\.jks 600/] },
  },
  {
    when: 'all is as it was shipped: what the whole world has the key of goes, by itself and not by its alias',
    topology: distrusting,
    at: 'km',
    facts: found({
      ...sound,
      trust: shippedTrust('wso2carbon'),
      shipped: keystoreOf(shippedKey, 'wso2carbon', 'wso2carbon'),
    }),
    plans: {
      [`trust the cluster’s certificates in ${trustFile}`]: [
        /^put \(wso2\) .*client-truststore\.jks 600/,
        note,
      ],
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [
        `put (wso2) /opt/wso2/key-manager/.apim-orchestrate/shipped 644 "${print}\\n"`,
        /^run \(wso2\) rm -f .*wso2carbon\.jks/,
      ],
    },
  },
  {
    ...at,
    when: 'the certificate of the shipped keystore is trusted under an alias that nobody knows',
    facts: found({
      ...sound,
      trust: withMore(publicly('mzyx_rs256', shippedKey)),
      shipped: keystoreOf(shippedKey, 'wso2carbon', 'wso2carbon'),
      noted: [print],
    }),
    plans: {
      [`trust the cluster’s certificates in ${trustFile}`]: [
        /^put \(wso2\) .*client-truststore\.jks 600/,
        note,
      ],
      [`remove the shipped keystore ${folder}/wso2carbon.jks`]: [/^run \(wso2\) rm -f .*wso2carbon\.jks/],
    },
  },
  {
    when: 'a certificate is trusted that the inventory says nobody may trust',
    topology: distrusting,
    at: 'km',
    facts: found({ ...sound, trust: withMore(publicly('apim_analytics3.0.0', analytics)) }),
    plans: {
      [`trust the cluster’s certificates in ${trustFile}`]: [
        /^put \(wso2\) .*client-truststore\.jks 600/,
        note,
      ],
    },
  },
  {
    ...at,
    when: 'an earlier deployment left it trusted under another alias: it is known by what was noted',
    facts: found({ ...sound, trust: withMore(publicly('mzyx_rs256', shippedKey)), noted: [print] }),
    plans: {
      [`trust the cluster’s certificates in ${trustFile}`]: [
        /^put \(wso2\) .*client-truststore\.jks 600/,
        note,
      ],
    },
  },
  {
    when: 'the truststore is shared: it is put in place by one node, if it is still what was seen',
    topology: sharing,
    at: 'gw',
    facts: found(
      {
        ...sound,
        tls: keystoreOf(material.nodes.get('gw') ?? material.primary, 'tls', password),
        trust: withMore(publicly('mzyx_rs256', shippedKey)),
        noted: [print],
      },
      securityFolder(nodeFor(sharing, 'gateway')),
    ),
    plans: {
      [`trust the cluster’s certificates in ${sharedTrust}`]: [
        /^at nas\S*: put \(wso2\) \/opt\/wso2\/shared\/nas-apim\/truststore\/client-truststore\.jks\.from-gw 600/,
        /^at nas\S*: run \(wso2\) set -e\ntrap .*EXIT\nexec 9>> \/opt\/wso2\/shared\/nas-apim\/\.apim-orchestrate\/truststore\.lock\nflock -w 60 /,
        note,
      ],
    },
  },
  {
    when: 'the shared truststore, which was there, is not to be seen, as where its file system is not mounted: that is all there is to say',
    topology: sharing,
    at: 'gw',
    facts: found(
      {
        ...sound,
        tls: keystoreOf(material.nodes.get('gw') ?? material.primary, 'tls', password),
        trust: undefined,
        noted: [print],
      },
      securityFolder(nodeFor(sharing, 'gateway')),
    ),
    plans: {
      [`trust the cluster’s certificates in ${sharedTrust}, which cannot be read now`]: [
        'after install-pack',
      ],
    },
  },
  {
    ...at,
    when: 'what stands there cannot be opened: it stays beside',
    facts: found({ ...sound, primary: Buffer.from('damaged on its way to somewhere') }),
    plans: {
      [`write ${primary}; the one there, which cannot be opened, stays as primary.jks.kept-${sum('damaged on its way to somewhere')}`]:
        [/^run \(wso2\)/, /^put \(wso2\)/],
    },
  },
  {
    ...at,
    when: 'it holds another shared key than the folder, and nobody said that it should change',
    facts: found({ ...sound, primary: keystoreOf(other.primary, 'primary', password) }),
    refuses: /km holds keys that \/srv\/apim\/pki does not have/,
  },
  {
    when: 'the inventory brings another shared key: the old one stays beside',
    topology: brought,
    at: 'km',
    facts: found({ ...sound, primary: keystoreOf(other.primary, 'primary', password) }),
    plans: {
      [`write ${primary}; the one there, whose key is nowhere else, stays as ${keptAs('primary.jks', other.primary)}`]:
        [/^run \(wso2\)/, /^put \(wso2\) .*primary\.jks 600/],
    },
  },
];
