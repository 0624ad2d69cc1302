import type { Holding } from '../../src/certificates/holdings.ts';
import type { Material } from '../../src/certificates/material.ts';
import { recoverPki } from '../../src/steps/recover-pki.ts';
import { material, noMaterial, otherMaterial as other } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const folder = '/srv/apim/pki';
const beside = `${folder}.recovering`;
const at = { topology, at: 'controller' };

function chainOf({ certificate, chain }: { certificate: string; chain: readonly string[] }): string[] {
  return [certificate, ...chain];
}

/** What a node holds of a folder. */
function holding(host: string, of: typeof material = material): Holding {
  const own = of.nodes.get(host);
  return {
    host,
    primary: { key: of.primary.key, certificates: chainOf(of.primary) },
    own: own === undefined ? undefined : { key: own.key, certificates: chainOf(own) },
    authority: of.authority.certificate,
    retiring: [],
    closed: [],
  };
}

const both = [holding('km'), holding('gw')];

/** What is in the folder, by the names of the files. */
function texts(files: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(files).flatMap(([name, text]) =>
      text === undefined ? [] : [[`${folder}/${name}`, text] as const],
    ),
  );
}

function facts(
  files: ReadonlyMap<string, string>,
  holdings: readonly Holding[],
  more: { readonly material?: Material; readonly newAuthority?: boolean } = {},
) {
  return { texts: files, holdings, material: noMaterial, newAuthority: false, ...more };
}

const gateway = material.nodes.get('gw');
const whole = texts({
  'primary.key': material.primary.key,
  'primary.pem': material.primary.certificate,
  'nodes/gw.key': gateway?.key,
  'nodes/gw.pem': gateway?.certificate,
  'ca.pem': material.authority.certificate,
});
const keyless = {
  ...material,
  authority: { ...material.authority, key: undefined, keyless: `${folder}/ca.key is not there` },
};
const broughtAuthority = await topologyOf({
  apim: { certificates: { authority: { certificate: 'ca.pem', key: 'ca.key' } } },
});

const put = (name: string, mode: string) => new RegExp(`^put ${beside}/${name} ${mode} `);

export const step = recoverPki([], false);
export const command = 'pki recover';

export const cases: readonly StepCase[] = [
  {
    ...at,
    when: 'the folder is gone: it is written beside and appears as a whole, the keys before the certificates',
    facts: facts(new Map(), both),
    plans: {
      [`write primary.key, primary.pem, nodes/km.key, nodes/km.pem, nodes/gw.key, nodes/gw.pem, ca.pem into ${folder}`]:
        [
          `run rm -rf ${beside} && mkdir -p -m 700 ${beside} && mkdir -m 700 ${beside}/nodes`,
          put('primary.key', '600'),
          put('nodes/km.key', '600'),
          put('nodes/gw.key', '600'),
          put('primary.pem', '644'),
          put('nodes/km.pem', '644'),
          put('nodes/gw.pem', '644'),
          put('ca.pem', '644'),
          /^run set -e\nif test -e \/srv\/apim\/pki; then [\s\S]*ln \S+primary\.key [\s\S]*ln \S+ca\.pem [\s\S]*else mv -T /,
        ],
    },
  },
  {
    ...at,
    when: 'the folder holds all that the servers do',
    facts: facts(whole, [holding('gw')]),
    plans: {},
  },
  {
    ...at,
    when: 'one pair is lost here: no other file is touched',
    facts: facts(new Map([...whole].filter(([path]) => !path.includes('nodes/'))), [holding('gw')]),
    plans: {
      [`write nodes/gw.key, nodes/gw.pem into ${folder}`]: [
        /^run rm -rf/,
        put('nodes/gw.key', '600'),
        put('nodes/gw.pem', '644'),
        /^run set -e\n(?!.*(primary|ca\.pem))[\s\S]*sync$/,
      ],
    },
  },
  {
    ...at,
    when: 'the servers trust an authority that issues no more: it is written as such',
    facts: facts(whole, [{ ...holding('gw'), retiring: [other.authority.certificate] }]),
    plans: {
      [`write ca-retiring.pem into ${folder}`]: [/^run rm -rf/, put('ca-retiring.pem', '644'), /^run set -e/],
    },
  },
  {
    ...at,
    when: 'no server holds anything of ours',
    facts: facts(new Map(), [{ ...holding('gw'), primary: undefined, own: undefined, authority: undefined }]),
    refuses: /no server holds a keystore of ours, so there is nothing to recover/,
  },
  {
    ...at,
    when: 'one keystore does not open',
    facts: facts(new Map(), [
      holding('km'),
      { ...holding('gw'), closed: ['tls.jks: the password is wrong'] },
    ]),
    refuses:
      /not all keystores can be read, so nothing was written\n {2}\| gw: tls\.jks: the password is wrong/,
  },
  {
    ...at,
    when: 'the nodes hold different keys where all are to share one',
    facts: facts(new Map(), [holding('km'), holding('gw', other)]),
    refuses: /the nodes hold different keys where all are to share one.*\n {2}\| km: .*\n {2}\| gw: /,
  },
  {
    ...at,
    when: 'the nodes trust different authorities',
    facts: facts(new Map(), [holding('km'), { ...holding('gw'), authority: other.authority.certificate }]),
    refuses: /the nodes trust different authorities, so nothing was written/,
  },
  {
    ...at,
    when: 'the folder is of another cluster: nothing is written over',
    facts: facts(texts({ 'primary.key': other.primary.key, 'primary.pem': other.primary.certificate }), [
      holding('gw'),
    ]),
    refuses:
      /\/srv\/apim\/pki holds something else than the servers.*\n {2}\| .*primary\.key\n {2}\| .*primary\.pem; the servers have /,
  },
  {
    ...at,
    when: 'a next authority was made here since: what the servers trust is known as one that issues no more',
    facts: facts(
      new Map([
        ...whole,
        [`${folder}/ca.pem`, other.authority.certificate],
        [`${folder}/ca-retiring.pem`, material.authority.certificate],
      ]),
      [holding('gw')],
    ),
    plans: {},
  },
  {
    ...at,
    when: 'a next authority is asked for, and the key of the present one is in no hand',
    facts: facts(new Map([...whole, [`${folder}/ca.key`, 'not a key']]), [holding('gw')], {
      material: keyless,
      newAuthority: true,
    }),
    plans: {
      [`make a next certificate authority in ${folder}; the one whose key is not here stays trusted`]: [
        /^put \/srv\/apim\/pki\/ca-retiring\.pem 644 "-----BEGIN CERTIFICATE/,
        /^run .*ca\.key\.kept-/,
        `put ${folder}/ca.key 600 (made then)`,
        `put ${folder}/ca.pem 644 (made then)`,
      ],
    },
  },
  {
    ...at,
    when: 'a next authority is asked for, and the present one has its key',
    facts: facts(whole, [holding('gw')], { material, newAuthority: true }),
    plans: {},
  },
  {
    when: 'the inventory brings the authority: it is no part of the folder',
    topology: broughtAuthority,
    at: 'controller',
    facts: facts(new Map(), [holding('gw')], { newAuthority: true }),
    plans: {
      [`write primary.key, primary.pem, nodes/gw.key, nodes/gw.pem into ${folder}`]: [
        /^run rm -rf/,
        put('primary.key', '600'),
        put('nodes/gw.key', '600'),
        put('primary.pem', '644'),
        put('nodes/gw.pem', '644'),
        /^run set -e/,
      ],
    },
  },
];
