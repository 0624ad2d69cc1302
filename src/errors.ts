/** One mistake in something a person wrote, and where it stands. `line` and `column` start at 1. */
export interface Issue {
  file: string;
  line: number;
  column: number;
  /** Dotted path of the value, such as `all.vars.apim.pack.sha256`; empty for a syntax error. */
  path: string;
  message: string;
  /** A short name of the kind of mistake, for people to look up; without it, the text itself is malformed. */
  code?: string;
}

/** An error that a person can mend. It is printed as text, never with a stack. Anything else is a bug. */
export abstract class KnownError extends Error {
  abstract readonly exitCode: number;
}

/** What was written is wrong. Lists every issue found; nothing was connected to. */
export class InputError extends KnownError {
  readonly exitCode = 64;
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map(showIssue).join('\n'));
    this.issues = issues;
  }
}

/** The command line is wrong, or names something that is not there. */
export class UsageError extends KnownError {
  readonly exitCode = 64;
}

/** What one failure is: told in the order in which a tired operator needs it. */
export interface Failure {
  /** What was tried and what came back: `wso2server.sh exited with 1`. Lower case, no full stop. */
  cause: string;
  /** The last lines that the server said, if it said any. */
  tail?: readonly string[];
  /** What to do next, as one sentence or a command to type. */
  hint?: string | undefined;
}

/** A step could not do, or could not find out, what it is there for. */
export class StepFailed extends KnownError implements Failure {
  readonly exitCode = 1;
  override readonly cause: string;
  readonly tail: readonly string[];
  readonly hint: string | undefined;

  constructor(failure: Failure) {
    super(showFailure(failure));
    this.cause = failure.cause;
    this.tail = failure.tail ?? [];
    this.hint = failure.hint;
  }
}

/** What was found at one host forbids the run for all: what would follow from it is not even planned. */
export class RunRefused extends StepFailed {}

/** A server cannot be reached, is not the one we know, or went away. */
export class ConnectionFailed extends StepFailed {}

/** Somebody else is at work on the same servers. */
export class LockHeld extends StepFailed {}

/** The operator pressed Ctrl-C; the action under way was ended in order. */
export class Interrupted extends KnownError {
  readonly exitCode = 130;

  constructor() {
    super('interrupted; what was done stays done, and the same command carries on from there');
  }
}

/** `file:line:column: path: message`, the form that editors make clickable. */
export function showIssue(issue: Issue): string {
  const place = `${issue.file}:${issue.line}:${issue.column}`;
  return [place, issue.path, issue.message].filter((part) => part !== '').join(': ');
}

/** Cause, the server's own words, and what to do next, a line each. */
function showFailure({ cause, tail = [], hint }: Failure): string {
  return [cause, ...tail.map((line) => `  | ${line}`), ...(hint === undefined ? [] : [`  → ${hint}`])].join(
    '\n',
  );
}
