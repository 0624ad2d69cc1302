import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isUnitEnabled } from '../../src/shell/service.ts';

describe('isUnitEnabled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  const ask = () =>
    execFileSync(
      '/bin/sh',
      ['-c', isUnitEnabled('apim-gw.service').text.replaceAll('/etc/systemd/system', folder)],
      {
        encoding: 'utf8',
      },
    );
  const wants = join(folder, 'multi-user.target.wants');

  it('tells a unit that a target wants, and none that only stands there or whose file is gone', () => {
    expect(ask()).toBe('');
    writeFileSync(join(folder, 'apim-gw.service'), '');
    mkdirSync(wants);
    symlinkSync(join(folder, 'other.service'), join(wants, 'other.service'));
    expect(ask()).toBe('');
    symlinkSync(join(folder, 'apim-gw.service'), join(wants, 'apim-gw.service'));
    expect(ask()).toBe('enabled\n');
    rmSync(join(folder, 'apim-gw.service'));
    expect(ask()).toBe('');
  });
});
