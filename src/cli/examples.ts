import type { Command } from 'commander';

/** A line to type after the name of the program, and what it is for. */
type Example = readonly [line: string, what?: string];

const i = 'inventory.yaml';

/** What people type, by command. Those of `vault` stand beside its commands. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  '': [
    [`validate ${i}`, 'what is wrong or doubtful, without any connection'],
    [`plan ${i}`, 'what would be done'],
    [`deploy ${i}`],
    [`status ${i}`],
  ],
  deploy: [
    [`deploy ${i}`],
    [`deploy ${i} --limit 'gateway:!gw2' --yes`, 'some hosts, and nobody is asked'],
    [`deploy ${i} -e '{"apim": {"memory": {"maximum": "2g"}}}' --check`, 'what another setting would do'],
    [`deploy ${i} --output junit > report.xml`, 'in a pipeline'],
  ],
  plan: [
    [`plan ${i}`],
    [`plan ${i} --limit gw1 --no-diff`],
    [`plan ${i} --report plan.html`, 'as a page, for whoever has to agree'],
  ],
  start: [[`start ${i}`], [`start ${i} --limit gateway`]],
  stop: [[`stop ${i}`], [`stop ${i} --limit gw1 --yes`, 'one of a pair, and nobody is asked']],
  restart: [
    [`restart ${i}`, 'all servers, node by node'],
    [`restart ${i} --role gateway --batch 25%`],
    [`restart ${i} --only-if-needed`],
    [`restart ${i} --limit gw1 --force`, 'one that hangs'],
  ],
  'rotate-certs': [
    [`rotate-certs ${i}`],
    [`rotate-certs ${i} --if-expires-within 30d --yes`, 'from a scheduler'],
    [`rotate-certs ${i} --authority --trust-only`],
    [`rotate-certs ${i} --status`],
  ],
  lock: [[`lock status ${i}`], [`lock release ${i}`]],
  'lock status': [[`lock status ${i}`]],
  'lock release': [[`lock release ${i} --limit gw1`]],
  'trust-hosts': [[`trust-hosts ${i}`], [`trust-hosts ${i} --limit 'gw*'`]],
  doctor: [[`doctor ${i}`], [`doctor ${i} gw1 -v`, 'all that was found at one host']],
  pki: [[`pki recover ${i}`]],
  'pki recover': [[`pki recover ${i}`], [`pki recover ${i} --new-authority`, 'where its key is gone']],
  backup: [[`backup ${i}`], [`backup ${i} --out /srv/backups --no-databases`]],
  restore: [
    [`restore ${i} backups/2026-11-27T03-00-00Z --dry-run`],
    [`restore ${i} backups/2026-11-27T03-00-00Z --databases`],
  ],
  run: [
    [`run own.yaml ${i} --list-steps`],
    [`run own.yaml ${i} -C`, 'what it would do'],
    [`run own.yaml ${i} --start-at-step write-config`],
  ],
  drain: [[`drain ${i} gw1`]],
  undrain: [[`undrain ${i} gw1 pub1`]],
  status: [[`status ${i}`], [`status ${i} --audit`], [`status ${i} --output json`]],
  audit: [[`audit ${i} --since 7d`], [`audit ${i} --limit gw1 --output json`]],
  certs: [[`certs ${i}`], [`certs ${i} --within 30d --output junit`, 'for monitoring: exit code 2']],
  validate: [[`validate ${i}`], [`validate dev.yaml prod.yaml --strict`, 'and compared with one another']],
  inventory: [[`inventory ${i} --graph`], [`inventory ${i} --host gw1`], [`inventory ${i} --list`]],
  exec: [
    [`exec ${i} all -- uptime`],
    [`exec ${i} gateway --user wso2 -- 'tail -n 3 /opt/wso2/*/repository/logs/wso2carbon.log'`],
    [`exec ${i} 'all:!gw2' --output json -- df -h /opt`, 'with the exit code of each host'],
  ],
  logs: [
    [`logs ${i} --since 10m`],
    [`logs ${i} gateway --grep ERROR --follow`],
    [`logs ${i} gw1 --lines 200`],
  ],
  'support-bundle': [
    [`support-bundle ${i} --since 2h`],
    [`support-bundle ${i} gateway --out gateways.tar.gz`],
  ],
  render: [[`render ${i} --out config`]],
  vault: [[`vault encrypt group_vars/all/vault.yaml`], [`vault edit group_vars/all/vault.yaml`]],
  runs: [[`runs ${i}`], [`runs show last ${i}`]],
  'runs show': [[`runs show last ${i}`], [`runs show 2026-11-27T03 ${i} -v`]],
  init: [
    ['init', 'asks what it has to know'],
    [
      'init --topology five --hosts km.example.com,tm.example.com,pub.example.com,dev.example.com,gw.example.com --yes',
    ],
    ['init test.yaml --topology one --hosts 10.0.0.20 --database postgresql --yes'],
  ],
  completion: [
    ['completion bash > ~/.local/share/bash-completion/completions/apim-orchestrate'],
    ['completion zsh > ~/.zfunc/_apim-orchestrate', 'a folder in $fpath'],
    ['completion fish > ~/.config/fish/completions/apim-orchestrate.fish'],
  ],
  report: [[`report last ${i}`], [`report last ${i} --out run.html`]],
};

/** Puts the examples into the help of every command. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const own = examples[path.join(' ')] ?? [];
  const lines = own.map(([line, what]) => [`apim-orchestrate ${line}`, what] as const);
  const width = Math.max(...lines.flatMap(([line, what]) => (what === undefined ? [] : [line.length])), 0);
  const shown = lines.map(([line, what]) =>
    what === undefined ? line : `${line.padEnd(width)}   # ${what}`,
  );
  if (own.length > 0)
    command.addHelpText(
      'after',
      `\n${own.length === 1 ? 'Example' : 'Examples'}:\n${shown.map((line) => `  ${line}`).join('\n')}`,
    );
  for (const each of command.commands) addExamples(each, [...path, each.name()]);
}
