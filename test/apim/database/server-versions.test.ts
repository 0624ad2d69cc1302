import { describe, expect, it } from 'vitest';
import { oldServer } from '../../../src/apim/database/server-versions.ts';
import { Secret } from '../../../src/secret.ts';

const at = (type: 'mysql' | 'postgresql', anyVersion = false) => ({
  asUser: { type, host: 'db', port: 1, name: 'apim_db', username: 'apim', password: new Secret('x') },
  anyVersion,
});

describe('a database server', () => {
  it.each([
    ['mysql', '5.6.51', 'MySQL 5.6.51, and the product is made for MySQL 5.7 and later'],
    ['mysql', '5.5.5', 'MySQL 5.5.5, and the product is made for MySQL 5.7 and later'],
    [
      'mysql',
      '10.1.48-MariaDB-0+deb9u2',
      'MariaDB 10.1.48-MariaDB-0+deb9u2, and the product is made for MariaDB 10.2 and later',
    ],
    ['mysql', '5.5.68-MariaDB', 'MariaDB 5.5.68-MariaDB, and the product is made for MariaDB 10.2 and later'],
    ['postgresql', '9.6.24', 'PostgreSQL 9.6.24, and the product is made for PostgreSQL 10 and later'],
  ] as const)('of %s that is %s is too old', (type, version, told) => {
    expect(oldServer(at(type), version)?.cause).toBe(`the database server db:1 is ${told}`);
    expect(oldServer(at(type), version)?.hint).toContain('database.any_version: true');
    expect(oldServer(at(type, true), version)).toBeUndefined();
  });

  it.each([
    ['mysql', '5.7.44-log'],
    ['mysql', '8.0.mysql_aurora.3.04.0'],
    ['mysql', '8.4.3'],
    ['mysql', '9.1.0'],
    ['mysql', '10.2.6-MariaDB'],
    ['mysql', '11.4.2-MariaDB'],
    ['mysql', '5.5.5-10.11.6-MariaDB-log'],
    ['postgresql', '10.23'],
    ['postgresql', '15.18 (Debian 15.18-0+deb12u1)'],
    ['postgresql', '17beta1'],
    ['mysql', 'of our own'],
    ['mysql', undefined],
  ] as const)('of %s that is %s is not', (type, version) => {
    expect(oldServer(at(type), version)).toBeUndefined();
  });
});
