/** Bytes there so far and in all; 0 in all if the server did not say. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** The progress that a line of `download` tells of; undefined for any other line. */
export function readDownloaded(line: string): Progress | undefined {
  const [, done, total] = /^downloaded (\d+) of (\d+)$/.exec(line) ?? [];
  return done === undefined || total === undefined ? undefined : { done: Number(done), total: Number(total) };
}

/** Why a download was given up. */
export interface Refusal {
  readonly kind:
    | 'status'
    | 'page'
    | 'redirects'
    | 'protocol'
    | 'certificate'
    | 'proxy'
    | 'unreachable'
    | 'broken'
    | 'checksum'
    | 'disk'
    | 'busy'
    | 'tool';
  /** The status that was answered, if that is why. */
  readonly status: number | undefined;
  /** Where it ended, without its query; after redirects another address than was asked for. */
  readonly at: string;
  /** More of it: the words of curl or wget, or the checksum that was found. */
  readonly detail: string;
}

/** Why `download` gave up, by what it wrote to stderr; undefined if it ended for another reason. */
export function readRefusal(stderr: string): Refusal | undefined {
  const found = /^download\t(\w+)(?: (\d+))?\t([^\t\n]*)\t(.*)$/m.exec(stderr);
  if (found === null) return undefined;
  const [, kind = '', status, at = '', detail = ''] = found;
  return {
    kind: kind as Refusal['kind'],
    status: status === undefined ? undefined : Number(status),
    at,
    detail,
  };
}
