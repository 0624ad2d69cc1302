#!/bin/sh
# All that must hold, quickest first: types, style, unit tests (with the freshness of the docs), then the lab.
set -eu
cd "$(dirname "$0")/.."
scripts/ensure.sh --tests
npm run --silent types
npm run --silent lint
npm run --silent test:unit
npm run --silent test:lab
