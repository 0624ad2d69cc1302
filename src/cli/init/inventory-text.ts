import { isIP } from 'node:net';
import { type Answers, components, serversOf } from './answers.ts';

/** The file of each password, beside the inventory. */
export const secretFiles = {
  admin: 'secrets/admin',
  keystore: 'secrets/keystore',
  apim: 'secrets/db-apim',
  shared: 'secrets/db-shared',
  administrator: 'secrets/db-administrator',
} as const;

/** Comments stand from here on. */
const column = 60;

/** An inventory for these answers, with what can be said besides as comments. `sha256` is that of the archive, if it is here. */
export function inventoryText(answers: Answers, sha256: string | undefined): string {
  const { topology, user, pack, domain } = answers;
  const names = needsNames(answers)
    ? [line('      map_hosts: true', 'writes these names into /etc/hosts; take it out once DNS has them')]
    : [];
  return [
    '# Written by apim-orchestrate init. Every key there is, explained: inventory.example.yaml and docs/inventory.md.',
    '# Next: apim-orchestrate validate, then plan, then deploy.',
    '',
    'all:',
    '  vars:',
    line(`    ansible_user: ${text(user)}`, 'who enters the servers by ssh'),
    line('    ansible_become: true', 'sudo may be used there, for services and folders'),
    line('    # ansible_ssh_private_key_file: ~/.ssh/id_ed25519', 'default: what ssh would take'),
    line('    # ansible_become_password: env:SUDO_PASSWORD', 'where sudo asks for one'),
    '',
    '    apim:',
    line('      pack:', 'the archive of the product'),
    line(`        path: ${text(pack)}`, 'uploaded from here; or url: https://…'),
    sha256 === undefined
      ? line(`        sha256: "${'0'.repeat(64)}"`, 'fill in what sha256sum says of it')
      : `        sha256: "${sha256}"`,
    line('      directory: /opt/wso2', 'every component has its own folder in here'),
    line('      # user: wso2', 'who runs the servers; default: ansible_user'),
    line('      memory: { initial: 256m, maximum: 1024m }', 'gateways under load want 2g and more'),
    ...names,
    '',
    '      # Passwords stand in files that only you can read; env:NAME and Ansible Vault values are as good.',
    `      admin: { username: admin, password: file:${secretFiles.admin} }`,
    line(`      keystore: { password: file:${secretFiles.keystore} }`, 'of all keystores and keys'),
    line(
      `      certificates: { directory: pki, organization: ${text(domain)} }`,
      'made and kept beside this file: back it up',
    ),
    '',
    ...databaseLines(answers),
    ...(topology === 'pairs' ? ['', ...pairLines(answers)] : []),
    '',
    '  children:',
    ...groupLines(answers),
    '',
  ].join('\n');
}

function line(code: string, comment: string): string {
  return `${code.padEnd(column - 1)} # ${comment}`;
}

function databaseLines({ database, databaseHost, driver, administrator }: Answers): string[] {
  const creator =
    administrator === ''
      ? ['mysql', 'mariadb', 'postgresql'].includes(database)
        ? line(
            '        # administrator: { username: root, password: env:DB_ROOT_PASSWORD }',
            'creates databases and users, where they are not there',
          )
        : `        # Databases, users and tables are made by hand for ${database}: docs/topologies.md`
      : line(
          `        administrator: { username: ${text(administrator)}, password: file:${secretFiles.administrator} }`,
          'creates databases and users',
        );
  return [
    '      database:',
    `        type: ${database}`,
    line(`        host: ${text(databaseHost)}`, 'as seen from the servers'),
    `        driver: { path: ${text(driver)} }`,
    creator,
    line('        # tls: verified', 'off · required · verified, with ca: db-ca.pem'),
    `        apim: { name: apim_db, username: apim, password: file:${secretFiles.apim} }`,
    `        shared: { name: shared_db, username: shared, password: file:${secretFiles.shared} }`,
  ];
}

function pairLines({ balancer, domain, hosts, shared }: Answers): string[] {
  const address = hosts.at(-1) ?? '';
  const hasAddress = isIP(address) > 0;
  const source = shared === '' ? 'nas.example.com:/apim' : shared;
  const directories = [
    'shared_directories:',
    ...['executionplans', 'synapse_configs', 'truststore'].map(
      (name) => `  ${name}: { source: ${JSON.stringify(source)} }`,
    ),
  ];
  return [
    '      # At which addresses a pair is found. Clients use those of the portals and of the gateways.',
    '      load_balancer:',
    balancer === 'external'
      ? line('        software: external', 'one of your own: it is not touched')
      : `        software: ${balancer}`,
    `        key_manager: https://km.${domain}`,
    `        traffic_manager: https://tm.${domain}`,
    `        publisher: https://publisher.${domain}`,
    `        devportal: https://devportal.${domain}`,
    '        gateway:',
    line(`          https: https://api.${domain}`, 'where clients call'),
    line(`          wss: wss://api.${domain}:8099`, 'where they open web sockets'),
    line(`          management: https://gateway.${domain}`, 'where the Publisher deploys'),
    line(
      hasAddress ? `        address: ${address}` : '        # address: 10.0.0.10',
      'where these names lead to, for map_hosts',
    ),
    ...(balancer === 'external'
      ? [line('        # ca: balancer-ca.pem', 'who vouches for it: a PEM file here')]
      : []),
    '',
    '      # What the nodes of a role share (nfs4, unless type says otherwise): docs/topologies.md',
    ...directories.map((each) => `      ${shared === '' ? '# ' : ''}${each}`),
  ];
}

function groupLines(answers: Answers): string[] {
  const { topology, hosts, balancer } = answers;
  const servers = serversOf(answers);
  const addressOf = (name: string) => hosts[servers.findIndex((server) => server.name === name)] ?? '';
  const groups = components.flatMap(({ group, short, offset }) => {
    const names = topology === 'pairs' ? [`${short}1`, `${short}2`] : [short];
    const entries = names.map((name) => {
      const address = addressOf(topology === 'one' ? 'apim' : name);
      const more = topology === 'one' ? `, offset: ${offset}` : '';
      const hostname = nameOf(name, address, answers);
      return `        ${name}: { ansible_host: ${text(address)}, apim: { hostname: ${hostname}${more} } }`;
    });
    return [`    ${group}:`, '      hosts:', ...entries];
  });
  const balancers =
    topology === 'pairs' && balancer !== 'external'
      ? ['    load_balancer:', '      hosts:', `        lb: { ansible_host: ${text(addressOf('lb'))} }`]
      : [];
  return [...groups, ...balancers];
}

/** How the others reach a node: by a name, since certificates are for names. */
function nameOf(name: string, address: string, { domain }: Answers): string {
  return isIP(address) > 0 ? `${name}.${domain}` : address;
}

/** Whether names are in use that nobody has but this file. */
function needsNames({ hosts }: Answers): boolean {
  return hosts.some((host) => isIP(host) > 0);
}

/** A text as a value of YAML, in quotes where it could be taken for something else. */
function text(value: string): string {
  const isPlain = /^[a-z./][\w./@-]*$/i.test(value) && !/^(true|false|null|yes|no|on|off|[yn])$/i.test(value);
  return isPlain || isIP(value) === 4 ? value : JSON.stringify(value);
}
