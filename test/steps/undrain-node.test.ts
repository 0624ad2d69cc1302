import { expect, it } from 'vitest';
import { undrainNode } from '../../src/steps/undrain-node.ts';
import { behindNginx, soundBalancer } from '../support/balancer-facts.ts';
import { readyServer } from '../support/server-facts.ts';
import { proven } from '../support/step-cases.ts';
import { nodeFor } from '../support/topologies.ts';

it('a node that was started is not waited for where its load balancer does not run: that is told', async () => {
  const state = { ...readyServer(nodeFor(behindNginx, 'publisher')), answered: '' };
  const balancers = [{ ...(await soundBalancer([])), running: false }];
  const facts = { state, balancers, missing: [] };
  const told = () =>
    proven(undrainNode, { when: 'nginx does not run', topology: behindNginx, at: 'pub1', facts });
  expect(told).toThrow(
    /nginx does not run at lb, so nobody is answered at https:\/\/publisher\.example\.com:443\/services\/Version[\s\S]*start it with: apim-orchestrate deploy/,
  );
});
