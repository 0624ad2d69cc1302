/** An archive to deploy: where it is, and its checksum in hex. */
export interface Pack {
  readonly path: string;
  readonly sha256: string;
}

interface StandIn {
  buildPack(): Promise<Pack>;
}

/** Builds the stand-in for the product's archive, or finds it built. */
export async function buildStandIn(): Promise<Pack> {
  const file = new URL('../standin/build.ts', import.meta.url).href;
  const module: Partial<StandIn> = await import(file).catch((cause: unknown) => {
    throw new Error(`test/standin/build.ts, which builds the pack, cannot be loaded: ${cause}`, { cause });
  });
  if (module.buildPack === undefined) throw new Error('test/standin/build.ts has no buildPack');
  return await module.buildPack();
}
