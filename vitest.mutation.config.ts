import { defineConfig } from 'vitest/config';

/** The unit tests that mutants have to be found by: those of the rooms that `stryker.config.json` mutates, without a lab. */
export default defineConfig({
  test: {
    include: ['test/{steps,engine,shell}/**/*.test.ts'],
    // Modules are loaded once for all test files: a mutant is switched on while they are loaded already.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
