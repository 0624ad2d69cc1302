import { argumentKinds, type CompletedCommand, type CompletedOption, valued } from './model.ts';

/** For fish 3. */
export function fishCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const name = `__${program.replaceAll('-', '_')}`;
  const all = [...new Set(commands.flatMap(({ path }) => (path === '' ? [] : [path])))];
  return `# Completion of ${program} for fish: ${program} completion fish | source
function ${name}_valued
  switch "$argv[1]"
${commands.map((each) => `    case ${quoted(each.path)}\n      string match -q -- "* $argv[2] *" ${quoted(` ${valued(each).join(' ')} `)}`).join('\n')}
  end
end

# Whether what is typed so far is this command, with so many arguments behind it (any number without one).
function ${name}_at
  set -l at ''
  set -l count 0
  set -l expects no
  set -l words (commandline -opc)
  for word in $words[2..-1]
    if test $expects = yes
      set expects no
    else if ${name}_valued "$at" "$word"
      set expects yes
    else if string match -q -- '-*' "$word"
      continue
    else if test $count = 0; and contains -- (string trim "$at $word") ${all.map(quoted).join(' ')}
      set at (string trim "$at $word")
    else
      set count (math $count + 1)
    end
  end
  test "$at" = "$argv[1]"; and begin; test -z "$argv[2]"; or test $count = "$argv[2]"; or test "$argv[2]" = many; end
end

complete -c ${program} -f
${commands.flatMap((each) => linesOf(`complete -c ${program}`, name, each)).join('\n')}
`;
}

function linesOf(begin: string, name: string, command: CompletedCommand): string[] {
  const at = (more = '') => `-n ${quoted(`${name}_at "${command.path}"${more}`)}`;
  const kinds = argumentKinds(command).flatMap((kind, index) => {
    if (kind === 'file') return [`${begin} ${at(` ${index}`)} -F`];
    if (kind === 'many-files') return [`${begin} ${at(' many')} -F`];
    return kind === 'none' ? [] : [`${begin} ${at(` ${index}`)} -a ${quoted(kind.replaceAll('|', ' '))}`];
  });
  return [
    ...command.commands.map((each) => `${begin} ${at(' 0')} -a ${quoted(each.name)} -d ${quoted(each.what)}`),
    ...command.options.map((option) => `${begin} ${at()} ${optionLine(option)}`),
    ...kinds,
  ];
}

function optionLine({ names, what, takes, choices = [] }: CompletedOption): string {
  const flags = names.map((each) => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`));
  const values = {
    nothing: [],
    choice: ['-x', `-a ${quoted(choices.join(' '))}`],
    file: ['-r', '-F'],
    value: ['-x'],
  }[takes];
  return [...flags, ...values, `-d ${quoted(what)}`].join(' ');
}

/** In single quotes fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
