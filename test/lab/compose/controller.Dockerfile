# A machine to deploy from: Debian with the package as `npm pack` makes it, and nothing of the checkout.
# The context is made by test/containers/controller.ts: node, npm/, ca.crt, package.tgz.
FROM debian:12-slim

COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca.crt /usr/local/share/ca.crt
COPY package.tgz /package.tgz
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/ca.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && npm install --global --no-audit --no-fund /package.tgz \
  && rm /package.tgz
