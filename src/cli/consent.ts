import { outlook } from '../display/outlook.ts';
import type { Preview } from '../engine/preview.ts';
import { Interrupted, KnownError } from '../errors.ts';
import { confirm, isTerminal } from './prompt.ts';

/** How it is found out whether a run may alter servers. */
export interface ConsentOptions {
  /** Whether somebody said so before: then nobody is asked, and hears what users would notice. */
  readonly yes: boolean;
  /** What users would notice. Where there is such a thing, nobody's silence is taken for a yes. */
  warnings(preview: Preview): readonly string[];
  /** What else would be done, that cannot be seen before other things are. */
  readonly later?: readonly string[];
  /** Has the terminal for the time of a question, whatever is drawn there. */
  aside<T>(work: () => Promise<T>): Promise<T>;
  readonly stop: AbortSignal;
}

/** Asks before anything is altered. */
export interface Consent {
  confirm(preview: Preview): Promise<boolean>;
  /** Why nobody could be asked, once the run has ended. */
  refusal(): KnownError | undefined;
}

/**
 * On a terminal people are told what would be done, and asked. Without one a run goes on by itself, unless users would
 * notice: then it takes `--yes`.
 */
export function consentOf(options: ConsentOptions): Consent {
  let refused: KnownError | undefined;
  return {
    async confirm(preview) {
      const warnings = options.warnings(preview);
      const { yes, later = [], stop } = options;
      if (warnings.length === 0 && (yes || !isTerminal())) return true;
      const what = yes || !isTerminal() ? [] : [...whatWouldBeDone(preview), ...later];
      try {
        await options.aside(() => confirm(warnings, yes, { what, stop }));
        return true;
      } catch (error) {
        if (error instanceof Interrupted) return false;
        if (!(error instanceof KnownError)) throw error;
        refused = error;
        return false;
      }
    },
    refusal: () => refused,
  };
}

/** What a run would do, and what fails as things are. */
function whatWouldBeDone({ changes, failures }: Preview): string[] {
  return [
    ...outlook(changes),
    ...failures.map(
      ({ host, step, error }) => `  ${host} fails as things are: ${step}: ${error?.cause ?? ''}`,
    ),
  ];
}
