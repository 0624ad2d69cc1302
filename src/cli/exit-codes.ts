/** Exit codes, as README names them. `changes` is said by `plan`, `ending` by `certs --within`. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  changes: 2,
  ending: 2,
  usage: 64,
  locked: 75,
  interrupted: 130,
} as const;
