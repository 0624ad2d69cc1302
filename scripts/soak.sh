#!/bin/sh
# What takes longer than npm test may: containers, then what can go wrong only now and then. SOAK_ROUNDS=30 for a night.
set -eu
cd "$(dirname "$0")/.."
scripts/ensure.sh
npm run --silent test:containers
npx vitest run --project soak --reporter verbose
