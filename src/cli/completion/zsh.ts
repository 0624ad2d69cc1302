import { argumentKinds, type CompletedCommand, quoted, valued } from './model.ts';

/** For zsh with its completion system: as a file in `fpath`, or sourced. */
export function zshCompletion(program: string, commands: readonly CompletedCommand[]): string {
  const name = `_${program.replaceAll('-', '_')}`;
  return `#compdef ${program}
# Completion of ${program} for zsh: source <(${program} completion zsh), after compinit
${name}_at() {
  case $1 in
${commands.map(atCommand).join('\n')}
  esac
}

${name}() {
  local at= expects= ended= word kind
  local -i count=0 i
  local -a commands options valued files kinds names choices
  ${name}_at ''
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    names=(\${commands%%:*})
    if [[ -n $expects ]]; then expects=
    elif [[ -n $ended ]]; then count+=1
    elif [[ $word == -- ]]; then ended=yes
    elif (( \${valued[(Ie)$word]} )); then expects=$word
    elif [[ $word == -* ]]; then continue
    elif (( count == 0 && \${names[(Ie)$word]} )); then
      at="\${at:+$at }$word"
      ${name}_at "$at"
    else count+=1
    fi
  done
  if [[ -z $expects && -z $ended && $words[CURRENT] == --*=* ]]; then
    expects=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  if [[ -n $expects ]]; then
    case "$at $expects" in
${commands.flatMap(choicesOf).join('\n')}
    esac
    if (( $#choices )); then compadd -a choices
    elif (( \${files[(Ie)$expects]} )); then _files
    else _message 'value'
    fi
    return
  fi
  if [[ $words[CURRENT] == -* && -z $ended ]]; then
    _describe -t options option options
    return
  fi
  (( count == 0 && $#commands )) && _describe -t commands command commands
  kind=$kinds[count+1]
  [[ -z $kind && $kinds[-1] == many-files ]] && kind=many-files
  case $kind in
    file | many-files) _files ;;
    *'|'*) compadd -- \${(s:|:)kind} ;;
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then ${name} "$@"
else compdef ${name} ${program}
fi
`;
}

function atCommand(command: CompletedCommand): string {
  const described = (names: readonly string[], what: string) =>
    names.map((each) => quoted(`${each}:${what}`));
  const files = command.options.flatMap(({ names, takes }) => (takes === 'file' ? names : []));
  return [
    `    ${quoted(command.path)})`,
    `      commands=(${command.commands.flatMap(({ name, what }) => described([name], what)).join(' ')})`,
    `      options=(${command.options.flatMap(({ names, what }) => described(names, what)).join(' ')})`,
    `      valued=(${valued(command).map(quoted).join(' ')})`,
    `      files=(${files.map(quoted).join(' ')})`,
    `      kinds=(${argumentKinds(command).map(quoted).join(' ')}) ;;`,
  ].join('\n');
}

function choicesOf({ path, options }: CompletedCommand): string[] {
  return options.flatMap(({ names, choices }) =>
    choices === undefined
      ? []
      : [
          `      ${names.map((each) => quoted(`${path} ${each}`)).join(' | ')}) choices=(${choices.map(quoted).join(' ')}) ;;`,
        ],
  );
}
