/** Exit codes, as README names them. `changes` is said by `plan`, `ending` by `certs --within`. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  changes: 2,
  ending: 2,
  usage: 64,
  outputLost: 74,
  locked: 75,
  interrupted: 130,
  readerGone: 141,
} as const;
