import { describe, expect, it } from 'vitest';
import { lintMaterial } from '../../src/certificates/lint.ts';
import { material } from '../support/material.ts';
import { caseTime } from '../support/step-cases.ts';
import { fiveHosts } from '../support/topologies.ts';

const topology = await fiveHosts();
/** What is said so many days later, apart from the key that all share: that ends on the same day, and is told before. */
const findingsAfter = (days: number) =>
  lintMaterial({ topology, now: new Date(caseTime.getTime() + days * 86_400_000) }, material).filter(
    ({ message }) => !message.includes('all nodes share'),
  );

describe('the certificate of a node that is made here', () => {
  it('is nobody’s business while it lasts: whoever deploys renews it in good time', () => {
    expect(findingsAfter(820)).toEqual([]);
  });

  it('is told once it has ended, with what replaces it', () => {
    const found = findingsAfter(826);
    expect(found.map(({ message }) => message)).toEqual(
      ['km', 'tm', 'pub', 'dev', 'gw'].map((name) => `the certificate of ${name} ended on 2028-06-03`),
    );
    expect(found[0]).toMatchObject({
      code: 'certificate-expiring',
      severity: 'warning',
      fix: expect.stringContaining('rotate-certs'),
    });
  });
});
