import { UsageError } from '../errors.ts';
import { suggestion } from '../input/decode.ts';
import type { Call, ScheduledPlay } from './schedule.ts';

/** The plays from the first step of this name on: what comes before is left out. Throws `UsageError` if there is none. */
export function startingAt<World>(
  plays: readonly ScheduledPlay<World>[],
  name: string,
): readonly ScheduledPlay<World>[] {
  const isWanted = ({ step }: Call<World>) => step.name === name;
  const first = plays.findIndex(({ calls }) => calls.some(isWanted));
  const [play, ...rest] = plays.slice(first);
  if (first === -1 || play === undefined) {
    const known = [...new Set(plays.flatMap(({ calls }) => calls.map(({ step }) => step.name)))];
    throw new UsageError(`there is no step ${JSON.stringify(name)} in this run${suggestion(name, known)}`);
  }
  const begun = { ...play, calls: play.calls.slice(play.calls.findIndex(isWanted)) };
  // Plays are waited for by their number.
  const renumbered = (call: Call<World>): Call<World> => {
    const { after, ...others } = call;
    const left = (after ?? []).filter((number) => number >= first).map((number) => number - first);
    return left.length === 0 ? others : { ...others, after: left };
  };
  return [begun, ...rest].map((each) => ({ ...each, calls: each.calls.map(renumbered) }));
}
