/** A command, as a shell completes it. */
export interface CompletedCommand {
  /** What is typed for it after the name of the program: `lock status`; nothing for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly what: string }[];
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly {
    readonly isFile: boolean;
    readonly choices?: readonly string[];
    readonly isMany: boolean;
  }[];
}

/** An option, and what may stand behind it. */
export interface CompletedOption {
  /** The long name first. */
  readonly names: readonly string[];
  readonly what: string;
  readonly takes: 'nothing' | 'choice' | 'file' | 'value';
  readonly choices?: readonly string[];
}

/** The names of options that something stands behind. */
export function valued({ options }: CompletedCommand): string[] {
  return options.flatMap(({ names, takes }) => (takes === 'nothing' ? [] : names));
}

/** What stands at each place of the arguments, as one word: `file`, `many-files`, `none`, or the choices. */
export function argumentKinds(command: CompletedCommand): string[] {
  return command.arguments.map(({ isFile, isMany, choices }) => {
    if (choices !== undefined) return choices.join('|');
    if (!isFile) return 'none';
    return isMany ? 'many-files' : 'file';
  });
}

/** A text in single quotes, for any of these shells but fish. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
