import { CommanderError } from 'commander';
import { InputError, KnownError } from '../errors.ts';
import { redact } from '../secret.ts';

/** Whether what was typed asks for JSON: also where it could not be understood otherwise. */
export function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  return own.some(
    (word, index) => word === '--output=json' || (word === '--output' && own[index + 1] === 'json'),
  );
}

/** An error as the last line of what programs read, so that they have it whatever went wrong. */
export function failedLine(error: unknown, exitCode: number, time: Date): string {
  const message = error instanceof Error ? error.message : String(error);
  const told = {
    type: 'failed',
    time: time.toISOString(),
    exitCode,
    message: redact(error instanceof CommanderError ? message.replace(/^error: /, '') : message),
    ...(error instanceof InputError
      ? { issues: error.issues.map((issue) => ({ ...issue, message: redact(issue.message) })) }
      : {}),
    // Whoever reads this can tell what people have to mend from what we have.
    ...(error instanceof KnownError || error instanceof CommanderError ? {} : { fault: true }),
  };
  return `${JSON.stringify(told)}\n`;
}
