import { openEngine } from './engine.ts';

/** Opens an engine, says where, and keeps it until it is ended itself: for tests of how that ends. */
try {
  const { directory = 'the one that is here' } = await openEngine();
  console.log(directory);
  setInterval(() => {}, 60_000);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
