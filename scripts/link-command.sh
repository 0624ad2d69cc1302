#!/bin/sh
# Lets `npx apim-orchestrate` run this checkout at once, instead of installing it into npm's cache first.
set -eu
cd "$(dirname "$0")/.."
chmod +x dist/cli/main.js
mkdir -p node_modules/.bin
ln -sf ../../dist/cli/main.js node_modules/.bin/apim-orchestrate
