/** Exit codes, as README names them. */
export const exitCodes = { ok: 0, failed: 1, changes: 2, usage: 64, locked: 75, interrupted: 130 } as const;
