#!/bin/sh
# What takes longer than npm test may: containers, then what can go wrong only now and then. It takes a night; CONTRIBUTING.md tells how to have less of it.
set -eu
cd "$(dirname "$0")/.."
scripts/ensure.sh
npm run --silent test:containers
# What people may write, made by chance: of each so many, each time others.
FUZZ_RUNS="${FUZZ_RUNS:-10000}" npx vitest run --project lab --reporter verbose --testTimeout 7200000 \
  test/integration/fuzz test/integration/patterns
npx vitest run --project soak --reporter verbose
