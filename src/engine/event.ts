/** Where something happened. */
export interface At {
  readonly play: string;
  readonly host: string;
  readonly step: string;
}

/** What a play will do, for drawing it before it begins. */
interface Outline {
  readonly play: string;
  readonly hosts: readonly string[];
  readonly steps: readonly string[];
  /** Who of the hosts has a part in it is known when its turn has come. */
  readonly conditional?: true;
}

/** How one host fared in a run. */
export interface Tally {
  readonly host: string;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  /** Steps that were not begun, because something before them failed. */
  readonly left: number;
}

/** Why a step or a host failed, for people. No secrets. */
export interface FailureText {
  readonly cause: string;
  readonly tail: readonly string[];
  readonly hint?: string;
}

/** All that happens, as plain data without secrets: what every renderer draws from. Times in milliseconds. */
export type Event =
  | {
      readonly type: 'run-started';
      readonly playbook: string;
      readonly plays: readonly Outline[];
      readonly hosts: readonly string[];
      readonly dryRun: boolean;
      /** ISO 8601. */
      readonly time: string;
    }
  | { readonly type: 'host-connecting'; readonly host: string }
  | {
      /** It is entered, and the run has its lock. */
      readonly type: 'host-connected';
      readonly host: string;
      readonly ms: number;
    }
  | { readonly type: 'host-failed'; readonly host: string; readonly error: FailureText }
  | {
      readonly type: 'play-started';
      readonly play: string;
      readonly hosts: readonly string[];
      /** The groups in which they go, one after another, where they do not go all at once. */
      readonly groups?: readonly (readonly string[])[];
    }
  | {
      /** Of a play `in: waves` that has some: these go together, the others before or after them. */
      readonly type: 'wave-started';
      readonly play: string;
      /** Counted from 1 in its play. */
      readonly wave: number;
      readonly hosts: readonly string[];
      /** Why it is by itself. */
      readonly why?: string;
      /** With the first wave of a group: the other waves of that group, in their order. */
      readonly later?: readonly (readonly string[])[];
    }
  | ({
      /** A host waits before it begins a step: for hosts at work at the same place, for plays, or because so many are at work. */
      readonly type: 'turn-awaited';
      readonly hosts?: readonly string[];
      readonly plays?: readonly string[];
      readonly atWork?: number;
    } & At)
  | ({ readonly type: 'step-started' } & At)
  | ({
      readonly type: 'change-planned';
      readonly summary: string;
      readonly diff?: { readonly before: string; readonly after: string };
      /** What becomes of the server of the host, where that is what is changed. */
      readonly server?: 'start' | 'restart' | 'stop';
    } & At)
  | ({ readonly type: 'change-started'; readonly summary: string } & At)
  | ({
      /** One action of a change is done; each of them leaves its place as another run can go on from. */
      readonly type: 'action-finished';
      readonly what: string;
    } & At)
  | ({
      readonly type: 'progress';
      /** Bytes so far, and in all; 0 in all if nobody knows. */
      readonly done: number;
      readonly total: number;
      /** Bytes a second since it began; 0 while that cannot be told. */
      readonly rate: number;
      /** Since it began. */
      readonly ms: number;
    } & At)
  | ({
      readonly type: 'output';
      readonly text: string;
      /** Whether people are to hear it in any case. */
      readonly told?: true;
    } & At)
  | ({
      readonly type: 'waiting';
      readonly what: string;
      readonly why: string;
      /** Since the wait began. */
      readonly ms: number;
      /** So long it is waited at most. */
      readonly timeoutMs?: number;
    } & At)
  | ({
      readonly type: 'step-finished';
      readonly outcome: 'unchanged' | 'changed' | 'failed';
      readonly changes: number;
      readonly ms: number;
      readonly error?: FailureText;
      /** What the host is by it, in a word: `ready`, `stopped`. */
      readonly state?: string;
    } & At)
  | {
      /** Whoever is at work comes to an end, and nobody else begins: a host failed, or the operator wants it so. */
      readonly type: 'run-ending';
      readonly why: 'failed' | 'interrupted';
    }
  | {
      readonly type: 'run-finished';
      readonly outcome: RunOutcome;
      /** Changes made; in a dry run, changes that would be made. */
      readonly changed: number;
      /** Hosts that failed. */
      readonly failed: readonly string[];
      readonly tallies: readonly Tally[];
      readonly ms: number;
      readonly dryRun: boolean;
    };

/** How a run ended: `declined` when it was not confirmed, so that nothing was begun. */
export type RunOutcome = 'ok' | 'failed' | 'interrupted' | 'declined';

/** Whoever listens to a run. */
export type Emit = (event: Event) => void;
