#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { KnownError } from '../errors.ts';
import { redact } from '../secret.ts';
import { commandLine } from './args.ts';
import { exitCodes } from './exit-codes.ts';
import { codeOfLostOutput, watchOutput } from './lost-output.ts';
import { failedLine, wantsJson } from './told-as-json.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

watchOutput();
try {
  const program = commandLine(version, (code) => {
    process.exitCode = code;
  });
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])])
    command.exitOverride();
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  else if (error instanceof KnownError) {
    process.stderr.write(`${redact(error.message)}\n`);
    process.exitCode = error.exitCode;
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`this is a fault of apim-orchestrate, please report it:\n${redact(text)}\n`);
    process.exitCode = 70;
  }
  const code = Number(process.exitCode);
  if (code !== exitCodes.ok && wantsJson(process.argv.slice(2)))
    process.stdout.write(failedLine(error, code, new Date()));
}
// Also where nobody reads what was said last.
process.on('exit', () => {
  process.exitCode = codeOfLostOutput() ?? process.exitCode;
});
