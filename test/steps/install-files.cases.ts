import { installFiles } from '../../src/steps/install-files.ts';
import type { StepCase } from '../support/step-cases.ts';
import { topologyOf } from '../support/topologies.ts';

const sum = 'b'.repeat(64);
const topology = await topologyOf({
  apim: {
    files: [
      { from: './own-1.jar', to: 'lib' },
      { from: './handler.jar', sha256: sum, to: 'dropins' },
      { url: 'https://files.example.com/app.war', sha256: 'a'.repeat(64), to: 'webapps' },
    ],
  },
});
const home = '/opt/wso2/gateway';
const components = 'repository/components';
const [library, bundle, war] = [
  `${components}/lib/own-1.jar`,
  `${components}/dropins/handler.jar`,
  'repository/deployment/server/webapps/app.war',
];
const all = [library, bundle, war];
const local = new Map([
  ['/srv/apim/own-1.jar', sum],
  ['/srv/apim/handler.jar', sum],
]);
const there = {
  local,
  found: new Map([
    [`${home}/${library}`, sum],
    [`${home}/${bundle}`, sum],
    [`${home}/${war}`, 'a'.repeat(64)],
  ]),
  noted: all,
  authorities: ['', '', ''],
};
const without = (inside: string) =>
  new Map([...there.found].filter(([path]) => path !== `${home}/${inside}`));
const note = (...files: string[]) =>
  `put (wso2) ${home}/.apim-orchestrate/files 644 ${JSON.stringify(files.map((file) => `${file}\n`).join(''))}`;
const at = { topology, at: 'gw' };

export const step = installFiles;

export const cases: readonly StepCase[] = [
  { when: 'all of them are there', ...at, facts: there, plans: {} },
  {
    when: 'a library is missing; a copy that the product made of it goes, too',
    ...at,
    facts: { ...there, found: without(library) },
    plans: {
      [`install ${library}`]: [
        note(...all),
        `run (wso2) mkdir -p ${home}/${components}/lib && rm -f ${home}/${components}/dropins/own_1_1.0.0.jar`,
        `put (wso2) ${home}/${library} 644 (file /srv/apim/own-1.jar)`,
      ],
    },
  },
  {
    when: 'a bundle is another; nothing else goes with it',
    ...at,
    facts: { ...there, found: new Map([...there.found, [`${home}/${bundle}`, 'old']]) },
    plans: {
      [`install ${bundle}`]: [
        note(...all),
        /^run \(wso2\) mkdir -p \S+\/dropins && rm -f\s*$/,
        `put (wso2) ${home}/${bundle} 644 (file /srv/apim/handler.jar)`,
      ],
    },
  },
  {
    when: 'a download is missing: it is fetched beside our notes, and appears whole',
    ...at,
    facts: { ...there, found: without(war) },
    plans: {
      [`install ${war}`]: [
        note(...all),
        /^run \(wso2\) mkdir -p \S+\/webapps && rm -f/,
        /^run \(wso2\) [\s\S]*\.apim-orchestrate\/a{16}-app\.war/,
        /^run \(wso2\) cp (\S+\/\.apim-orchestrate\/a{16}-app\.war) (\S+\/webapps\/\.app\.war\.part) && .*mv -f \2 \S+\/webapps\/app\.war && rm -f \1$/,
      ],
    },
  },
  {
    when: 'some are no longer asked for: they go with all that came of them, and are noted until then',
    ...at,
    facts: { ...there, found: without(library), noted: [...all, `${components}/lib/old.jar`, 'extra/x'] },
    plans: {
      [`install ${library}`]: [
        note(...all, `${components}/lib/old.jar`, 'extra/x'),
        /^run/,
        /^put \(wso2\) .*own-1\.jar/,
      ],
      [`remove ${components}/lib/old.jar, extra/x, no longer in the inventory`]: [
        `run (wso2) rm -rf ${home}/${components}/lib/old.jar ${home}/${components}/dropins/old_1.0.0.jar ${home}/extra/x`,
        note(...all),
      ],
    },
  },
  {
    when: 'a file is not on this machine',
    ...at,
    facts: { ...there, local: new Map() },
    refuses: /there is no file \/srv\/apim\/own-1\.jar on this machine[\s\S]*correct apim\.files/,
  },
  {
    when: 'a file is not the one that the inventory names',
    ...at,
    facts: { ...there, local: new Map([...local, ['/srv/apim/handler.jar', 'c']]) },
    refuses: /handler\.jar has SHA-256 c, the inventory says b{64}[\s\S]*or fetch the file again/,
  },
];
