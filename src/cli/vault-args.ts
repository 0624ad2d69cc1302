import type { Command } from 'commander';
import { vaultOptions } from './options.ts';
import type { EncryptOptions, RekeyOptions } from './vault-secrets-for.ts';
import type { VaultOptions } from './vault-sources.ts';

/** `vault encrypt|encrypt-string|decrypt|view|edit|rekey`. */
export function vaultCommands(program: Command, finish: (code: number) => void): void {
  const vault = program
    .command('vault')
    .description('encrypt and decrypt files as ansible-vault does: inventories, variables, keys in pki/');
  const command = (name: string, summary: string) => vault.command(name).description(summary);
  const files = (name: string, summary: string) =>
    command(name, summary).argument('<file...>', 'files; - is stdin, and stdout for what comes of it');
  const encrypting = (each: Command) =>
    vaultOptions(each).option('--encrypt-vault-id <id>', 'which of several vault passwords encrypts');

  encrypting(files('encrypt', 'encrypt files as they stand'))
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  apim-orchestrate vault encrypt host_vars/db/vault.yml --vault-password-file ~/.vault\n' +
        '  apim-orchestrate vault encrypt pki/*.key pki/nodes/*.key --vault-id prod@~/.vault-prod',
    )
    .action(async (names: string[], options: EncryptOptions) => {
      const { encryptFiles } = await import('./vault.ts');
      finish(await encryptFiles(names, options));
    });

  encrypting(command('encrypt-string', 'encrypt one text, from stdin or typed, as a value for an inventory'))
    .alias('encrypt_string')
    .option('-n, --name <name>', 'the name of the variable')
    .addHelpText(
      'after',
      '\nThe text is never an argument: arguments are seen by all users of this machine.\n\nExamples:\n' +
        '  apim-orchestrate vault encrypt-string --name db_password --vault-password-file ~/.vault   (asks for it)\n' +
        '  pass show db | tr -d "\\n" | apim-orchestrate vault encrypt-string -n db_password --vault-id prod@~/.vault-prod >> vars.yml',
    )
    .action(async (options: EncryptOptions & { name?: string }) => {
      const { encryptString } = await import('./vault.ts');
      finish(await encryptString(options));
    });

  vaultOptions(files('decrypt', 'decrypt files as they stand; then only their owner may read them'))
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  apim-orchestrate vault decrypt host_vars/db/vault.yml --ask-vault-password\n' +
        '  apim-orchestrate vault decrypt - --vault-password-file ~/.vault < vault.yml | less',
    )
    .action(async (names: string[], options: VaultOptions) => {
      const { decryptFiles } = await import('./vault.ts');
      finish(await decryptFiles(names, options));
    });

  vaultOptions(files('view', 'show what is in files, on a terminal in $PAGER; nothing is written'))
    .addHelpText('after', '\nExample:\n  apim-orchestrate vault view group_vars/all/vault.yml -J')
    .action(async (names: string[], options: VaultOptions) => {
      const { viewFiles } = await import('./vault.ts');
      finish(await viewFiles(names, options));
    });

  vaultOptions(
    command('edit', 'open files in $EDITOR, and encrypt what it leaves as it was encrypted before').argument(
      '<file...>',
    ),
  )
    .addHelpText(
      'after',
      '\nThe editor has a file that only you may read, in a folder of its own; both are written over and removed after it.\n' +
        'If the editor ends with another exit code than 0 (:cq in vi), the file stays as it was.\n\nExample:\n' +
        '  EDITOR=nano apim-orchestrate vault edit group_vars/all/vault.yml --vault-id prod@prompt',
    )
    .action(async (names: string[], options: VaultOptions) => {
      const { editFiles } = await import('./vault.ts');
      finish(await editFiles(names, options));
    });

  vaultOptions(
    files('rekey', 'give files another vault password; none is altered if one of them does not open'),
  )
    .option('--new-vault-password-file <file>', 'file with the new password, or program that prints it')
    .option('--new-vault-id <id@source>', 'the new password by its id, from a file, a program or prompt')
    .addHelpText(
      'after',
      '\nWithout a new password it asks for one.\n\nExample:\n' +
        '  apim-orchestrate vault rekey pki/*.key pki/nodes/*.key --vault-password-file ~/.vault --new-vault-id prod@~/.vault-prod',
    )
    .action(async (names: string[], options: RekeyOptions) => {
      const { rekeyFiles } = await import('./vault.ts');
      finish(await rekeyFiles(names, options));
    });
}
