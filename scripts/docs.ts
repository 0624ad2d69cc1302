import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingsSchema } from '../src/apim/settings/schema.ts';
import { fixed, harmless, names } from '../src/input/ansible-variables.ts';
import { inventorySchema } from '../src/input/json-schema.ts';
import { register } from '../src/steps/index.ts';

/** The generated pages, by file name under docs/. `npm run docs` writes them; a test fails when they are stale. */
export function pages(): Record<string, string> {
  return {
    'steps.md': stepsPage(),
    'inventory.md': inventoryPage(),
    'inventory.schema.json': `${JSON.stringify(inventorySchema(settingsSchema), undefined, 2)}\n`,
  };
}

interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

const stepGuide = z.strictObject({
  looks: z.string().min(1),
  changes: z.string().min(1),
  restarts: z.string().min(1),
  /** Plays, as in a playbook. */
  example: z.string().min(1),
});

/** What is told of each step beside what it says of itself, by name. Throws if that cannot be read. */
export function stepGuides(): Readonly<Record<string, z.infer<typeof stepGuide>>> {
  const text = readFileSync(resolve(import.meta.dirname, 'steps.yaml'), 'utf8');
  return z.record(z.string(), stepGuide).parse(parse(text));
}

function stepsPage(): string {
  const guides = stepGuides();
  const sections = [...register.values()].map((step) => {
    const rows = keys(jsonSchema(step.params), '');
    const guide = guides[step.name];
    if (guide === undefined) throw new Error(`scripts/steps.yaml tells nothing of ${step.name}`);
    return [
      `## ${step.name}`,
      step.summary,
      placeWords[step.at] ?? step.at,
      `- **Looks at:** ${guide.looks}\n- **May change:** ${guide.changes}\n- **Restarts:** ${guide.restarts}`,
      ...(rows.length === 0 ? [] : [table(rows)]),
      `\`\`\`yaml\n${guide.example}\`\`\`\n`,
    ].join('\n\n');
  });
  return [
    '# Steps',
    '',
    'What a playbook can name. Every step looks first, changes only what is not as it should be, and looks again. A step',
    'that a play has elsewhere than where it belongs is refused before anything is connected to. Those that belong',
    'anywhere also work with an inventory that has no `apim` section. [Which hosts](operations.md#which-hosts) tells what',
    'can stand at `hosts:`, and [playbooks](playbooks.md) how plays are written.',
    '',
    'A step never restarts a server on the side. `start-server` compares what a server runs with to what it should run with, and',
    'restarts it if that differs: put it after the steps that change something, as `deploy` does.',
    '',
    sections.join('\n'),
  ].join('\n');
}

const placeWords: Record<string, string> = {
  node: 'Belongs at: components.',
  balancer: 'Belongs at: hosts of the group `load_balancer`.',
  host: 'Belongs at: any host of an inventory that describes a deployment.',
  controller: 'Belongs at: `controller`, the machine that the tool runs on.',
  any: 'Belongs: anywhere.',
};

function inventoryPage(): string {
  return [
    '# Inventory reference',
    '',
    'An inventory is an Ansible inventory, in YAML or [INI](operations.md#what-an-inventory-says): groups, nested groups, `group_vars/`, `host_vars/`, ranges and vaulted',
    'values work as there; hosts are chosen by its [patterns](operations.md#which-hosts). Each component is a group (`key_manager`, `traffic_manager`, `publisher`, `devportal`,',
    '`gateway`); each entry in it is one node, and several are a pair. The group `load_balancer` is for hosts that run nginx',
    'or HAProxy. [Topologies](topologies.md) has the lines for each way to set it up. What the product needs stands under the variable `apim`. Keys and',
    'values are merged key by key over all levels, and lists replaced, as Ansible does with `ANSIBLE_HASH_BEHAVIOUR=merge`;',
    '`inventory INVENTORY --list` [shows what comes of it](operations.md#what-an-inventory-says).',
    '`{{ other_variable }}` is filled in wherever it stands under `apim` or in a variable of Ansible: alone it is that variable whatever it is, also a',
    'list; with a vaulted one in it the whole text is a secret. Filters, `lookup` and `{% … %}` are refused there, at their place; in variables that',
    'nobody here reads they may stand. `!unsafe` is text.',
    'YAML is read by version 1.2: true and false are `true` and `false` alone, and a text that looks like a number, a date or a word of the kind stands',
    'in quotes; `validate` tells what YAML 1.1, and Ansible with it, would take for something else (`yes`, `0644`, `1_000`, `10:30`).',
    'A field that holds a secret takes `env:NAME`, `file:path` (relative to the inventory), an Ansible Vault value, or the',
    'value itself. A commented example is in [inventory.example.yaml](../inventory.example.yaml).',
    '',
    '## Under `apim`',
    '',
    table(keys(jsonSchema(settingsSchema), '')),
    '',
    ...loginSections(),
  ].join('\n');
}

function loginSections(): string[] {
  const code = (all: readonly string[]) => all.map((name) => `\`${name || "''"}\``).join(', ');
  const rows: [names: readonly string[], text: string][] = [
    [names.address, 'where to log in; default: the name in the inventory'],
    [names.port, 'default: 22'],
    [names.user, 'as whom; default: who you are here'],
    [
      names.keyFile,
      'the key, tried before the password; without one those of `ssh` are tried: its configuration, the usual files, the agent',
    ],
    [names.password, 'a password, if there is no key'],
    [
      [...names.become, ...names.becomePassword],
      'other users may be had through sudo, and what sudo asks for',
    ],
    [names.timeout, 'seconds that connecting may take; default: 15'],
    [names.arguments, 'what `ssh` is told besides, before and behind the others as with Ansible; see below'],
    [names.connection, '`ssh`, or `local` for the machine we run on'],
    [names.groupPriority, 'which of two groups of one depth counts'],
  ];
  return [
    '## How a server is entered',
    '',
    'Where a thing has several names, the last in the row counts, as in Ansible.',
    '',
    '| variable of Ansible | meaning |',
    '| --- | --- |',
    ...rows.map(([all, text]) => `| ${code(all)} | ${text} |`),
    '',
    'These may stand there if they say what is done anyway:',
    '',
    '| variable | values | because |',
    '| --- | --- | --- |',
    ...fixed.map(({ names: all, values, why }) => `| ${code(all)} | ${code(values.slice(0, 4))} | ${why} |`),
    '',
    'These change nothing in how a server is entered, so that an inventory can serve Ansible as well:',
    '',
    '| variable | because |',
    '| --- | --- |',
    ...harmless.map(({ names: all, why }) => `| ${code(all)} | ${why} |`),
    '',
    'Any other variable that begins with `ansible_` is refused by its name and place, before anything is connected to.',
    '',
    'What [the first `ansible.cfg`](operations.md#secrets) and the environment say for all hosts counts where a host says nothing:',
    '`remote_user`, `remote_port`, `private_key_file`, `timeout`, `transport`, `become` and `become_method`, `_user`, `_exe`, `_flags`,',
    '`ssh_args`, `ssh_common_args`, `ssh_extra_args`, and `ANSIBLE_REMOTE_USER` and the like, which come first. What would be refused at a',
    'host is refused there, at its line; a variable at the host, or an empty one in the environment, takes it away. `host_key_checking',
    '= False`, `ask_pass`, `become_ask_pass` and files of such passwords are not honoured, which is told. `inventory` is not read: every',
    'command is given its inventory.',
    '',
    'So does what is typed with a command, before `ansible.cfg`: `-u NAME`, `--private-key FILE`, and `-k` and `-K`, which ask for the',
    'password of the login and for that of sudo, and `-T SECONDS` (also `--timeout`, but at `exec`) for how long connecting may take. At',
    '`exec`, `--user` is who runs the command, and `-u` is `--remote-user`.',
    '',
    '**Servers are entered as `ssh` would enter them.** What the inventory says goes before `~/.ssh/config` and',
    '`/etc/ssh/ssh_config`, in the order in which Ansible tells it to `ssh`, and `ssh -G` is asked what all that comes to, `Match`,',
    '`Include` and `%h` included. It is asked only where those files, or `-F FILE`, say something of how servers are entered; where',
    'the program `ssh` is not on this machine then, that is told. Honoured are `HostName`, `Port`, `User`, `AddressFamily`,',
    '`BindAddress`, `ConnectTimeout`, `ProxyJump` (each jump host with the configuration, the keys and the host key of its own; they',
    'share one connection) and `ProxyCommand`; `IdentityFile`, `IdentitiesOnly`, `IdentityAgent`, `PreferredAuthentications`,',
    '`PubkeyAuthentication`, `PasswordAuthentication`, `KbdInteractiveAuthentication`, `NumberOfPasswordPrompts`, `BatchMode`;',
    '`UserKnownHostsFile`, `GlobalKnownHostsFile`, `HostKeyAlias`, `StrictHostKeyChecking` (`accept-new` writes a new key down and',
    'says so); `RequiredRSASize` for keys of servers; and `Ciphers`, `MACs`, `KexAlgorithms`, `HostKeyAlgorithms` and',
    '`PubkeyAcceptedAlgorithms` as far as they are known. The address and the user that come of it are those of the deployment as well.',
    '',
    'What proves who we are is tried in this order: the key that the inventory names, its password, keys of `ssh-agent` (those that are',
    'also in a file first), keys of files, and then what the server asks: for the password with it, for anything else the person at',
    'the terminal. Passphrases of keys that the inventory names are asked for at the beginning, others once a server would take the',
    'key; each once a run.',
    '',
    'Refused by name is what cannot be honoured: `StrictHostKeyChecking=no`, because a server whose key is not known could be anybody,',
    'and `UserKnownHostsFile=/dev/null`; `CertificateFile`, `KnownHostsCommand`, `RevokedHostKeys`, `PKCS11Provider`, `RemoteCommand`,',
    '`LocalCommand`, `BindInterface`, and whatever is not known here. A line for the inventory goes before one of the configuration:',
    '`ansible_ssh_common_args: -o StrictHostKeyChecking=yes`. What `ssh` forwards, shares, keeps alive, sends of its environment and',
    'says changes nothing here, and may stay.',
    '',
  ];
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

type Row = readonly [key: string, needed: string, text: string];

function keys(schema: JsonSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]): Row[] => {
    const path = `${prefix}${name}`;
    const inner = keys(value, `${path}.`);
    const choices = value.enum ?? [];
    const text = [
      value.description ?? '',
      choices.length === 0 ? '' : `One of ${choices.map((each) => `\`${each}\``).join(', ')}.`,
      value.default === undefined ? '' : `Default: \`${show(value.default)}\`.`,
    ];
    const needed = schema.required?.includes(name) === true && value.default === undefined ? 'yes' : '';
    return [[path, needed, text.filter((part) => part !== '').join(' ')], ...inner];
  });
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(
    ([key, needed, text]) => `| \`${key}\` | ${needed} | ${text.replaceAll('|', '\\|')} |`,
  );
  return ['| key | needed | meaning |', '| --- | --- | --- |', ...cells].join('\n');
}

const docs = resolve(import.meta.dirname, '../docs');

/** Names of the generated pages that differ from what is in docs/. */
export function stalePages(): string[] {
  return Object.entries(pages()).flatMap(([name, text]) => {
    try {
      return readFileSync(resolve(docs, name), 'utf8') === text ? [] : [name];
    } catch {
      return [name];
    }
  });
}

if (process.argv[1] === import.meta.filename)
  for (const [name, text] of Object.entries(pages())) writeFileSync(resolve(docs, name), text);
