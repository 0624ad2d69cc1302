#!/bin/sh
# Makes a fresh checkout ready: npm packages if they are missing or older than the lock file, then Debian's packages.
# Arguments are for prepare.sh.
set -eu
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo 'installing npm packages …'
  npm ci --no-audit --no-fund --loglevel=error
fi
npm run --silent build
scripts/prepare.sh "$@"
