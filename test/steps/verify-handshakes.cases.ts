import { verifyHandshakes } from '../../src/steps/verify-handshakes.ts';
import { material, noMaterial } from '../support/material.ts';
import type { StepCase } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();

export const step = verifyHandshakes;

export const cases: readonly StepCase[] = [
  {
    when: 'a gateway talks to Key Manager and Traffic Manager',
    topology,
    at: 'gw',
    facts: material,
    plans: {},
    proves: [/^wait for gw to verify all that it talks to: km\.example\.com:\d+, tm\.example\.com:\d+/],
  },
  { when: 'nothing was made yet', topology, at: 'gw', facts: noMaterial, plans: {}, proves: [] },
];
