import { createHash } from 'node:crypto';
import { deploymentToml } from '../../src/apim/config/deployment-toml.ts';
import { secretConf } from '../../src/apim/config/secure-vault.ts';
import { writeConfig } from '../../src/steps/write-config.ts';
import { material, noMaterial, otherMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts, nodeFor, topologyOf } from '../support/topologies.ts';

const topology = await fiveHosts();
const node = nodeFor(topology, 'key-manager');
const document = deploymentToml(topology, node);
const toml = '/opt/wso2/key-manager/repository/conf/deployment.toml';
const conf = '/opt/wso2/key-manager/repository/conf/security/secret-conf.properties';
const none = { text: '', secretConf: '', startPassword: '', material: noMaterial };
const at = { topology, at: 'km' };
const sealed = { topology: await topologyOf({ apim: { secure_vault: true } }), at: 'km' };
const open = `${createHash('sha256').update('fake-keystore-password').digest('hex')} 400`;
const keep =
  'keep the password that opens the vault in /opt/wso2/key-manager/password-persist, for wso2 only';

export const step = writeConfig;

export const cases: readonly StepCase[] = [
  {
    when: 'the shipped one is there',
    ...at,
    facts: { ...none, text: '[server]\n' },
    plans: { [`write ${toml}`]: [/^put \(wso2\) .*deployment\.toml 600 [\s\S]*\(secret\)/] },
  },
  { when: 'it is as wanted', ...at, facts: { ...none, text: document.reveal() }, plans: {} },
  {
    when: 'another key signs tokens',
    ...at,
    facts: {
      ...none,
      text: document.reveal(),
      material: { ...material, signing: { ...material.signing, own: otherMaterial.primary } },
    },
    plans: {
      [`write ${toml}`]: [
        /userstore_password_encryption = "InternalKeystore"[\s\S]*\[keystore\.primary\]\nfile_name = "primary\.jks"[^[]*alias = "apim-orchestrate-signing-[0-9a-f]{8}"[^[]*\[keystore\.internal\]\nfile_name = "internal\.jks"[^[]*alias = "primary"/,
      ],
    },
  },
  {
    when: 'only a password differs',
    ...at,
    facts: { ...none, text: document.reveal().replace('fake-admin-password', 'older') },
    plans: { [`write ${toml} (a secret changed)`]: [/^put \(wso2\)/] },
  },
  {
    when: 'the vault is not wanted any more',
    ...at,
    facts: { ...none, text: document.reveal(), secretConf: secretConf(node) },
    plans: { 'switch the secure vault off': [/^run \(wso2\) rm -f .*password-persist/] },
  },
  {
    when: 'passwords are to be encrypted, and there is no key yet',
    ...sealed,
    facts: { ...none, material: noMaterial },
    plans: {
      [`write ${conf}`]: [/^run \(wso2\) mkdir -p/, /^put \(wso2\) .* 600 /],
      [keep]: ['put (wso2) /opt/wso2/key-manager/password-persist 400 (secret)'],
      [`write ${toml}`]: ['after issue-certificates'],
    },
  },
  {
    when: 'passwords are to be encrypted',
    ...sealed,
    facts: { ...none, secretConf: secretConf(node), startPassword: open, material },
    plans: { [`write ${toml}`]: [/^put \(wso2\) .*deployment\.toml 600 [\s\S]*\$secret\{/] },
  },
  {
    when: 'others could read the password that opens the vault',
    ...sealed,
    facts: { ...none, secretConf: secretConf(node), startPassword: open.replace('400', '444'), material },
    plans: { [keep]: [/^put/], [`write ${toml}`]: [/^put/] },
  },
];
