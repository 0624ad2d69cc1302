import { argumentKinds, type CompletedCommand, quoted, valued } from './model.ts';

/** For bash 3.2 and newer, with or without the package bash-completion. */
export function bashCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  return `# Completion of ${program} for bash: source <(${program} completion bash)
${name}_at() {
  case $1 in
${commands.map(atCommand).join('\n')}
  esac
}

${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at= expects= ended= count=0 i word kind
  local commands options valued files arguments choices=
  COMPREPLY=()
  ${name}_at ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # Bash takes --output=json for three words.
    [[ $word == '=' ]] && continue
    if [[ -n $expects ]]; then expects=
    elif [[ -n $ended ]]; then count=$((count + 1))
    elif [[ $word == -- ]]; then ended=yes
    elif [[ " $valued " == *" $word "* ]]; then expects=$word
    elif [[ $word == -* ]]; then continue
    elif [[ $count == 0 && " $commands " == *" $word "* ]]; then
      at="\${at:+$at }$word"
      ${name}_at "$at"
    else count=$((count + 1))
    fi
  done
  [[ $cur == '=' ]] && cur=
  local IFS=$' \\n'
  if [[ -n $expects ]]; then
    case "$at $expects" in
${commands.flatMap(choicesOf).join('\n')}
    esac
    if [[ -n $choices ]]; then COMPREPLY=($(compgen -W "$choices" -- "$cur"))
    elif [[ " $files " == *" $expects "* ]]; then IFS=$'\\n' COMPREPLY=($(compgen -f -- "$cur"))
    fi
    return
  fi
  if [[ $cur == -* && -z $ended ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  [[ $count == 0 ]] && COMPREPLY=($(compgen -W "$commands" -- "$cur"))
  kind=\${arguments[count]}
  [[ -z $kind && \${#arguments[@]} -gt 0 && \${arguments[\${#arguments[@]} - 1]} == many-files ]] && kind=many-files
  case $kind in
    file | many-files) IFS=$'\\n' COMPREPLY+=($(compgen -f -- "$cur")) ;;
    *'|'*) COMPREPLY+=($(compgen -W "\${kind//|/ }" -- "$cur")) ;;
  esac
}

complete -o filenames -F ${name} ${program}
`;
}

function atCommand(command: CompletedCommand): string {
  const names = (takes: 'file') =>
    command.options.flatMap((option) => (option.takes === takes ? option.names : [])).join(' ');
  return [
    `    ${quoted(command.path)})`,
    `      commands=${quoted(command.commands.map((each) => each.name).join(' '))}`,
    `      options=${quoted(command.options.flatMap((option) => option.names).join(' '))}`,
    `      valued=${quoted(valued(command).join(' '))}`,
    `      files=${quoted(names('file'))}`,
    `      arguments=(${argumentKinds(command).map(quoted).join(' ')}) ;;`,
  ].join('\n');
}

function choicesOf({ path, options }: CompletedCommand): string[] {
  return options.flatMap(({ names, choices }) =>
    choices === undefined
      ? []
      : [
          `      ${names.map((each) => quoted(`${path} ${each}`)).join(' | ')}) choices=${quoted(choices.join(' '))} ;;`,
        ],
  );
}
