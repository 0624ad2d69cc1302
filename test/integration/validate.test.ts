import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from '../support/tool.ts';
import { inventoryText, tenEntries } from '../support/topologies.ts';

const folder = mkdtempSync(join(tmpdir(), 'validate-'));
const file = (name: string) => join(folder, name);

beforeAll(() => {
  for (const name of ['wso2am-3.2.0.zip', 'mysql-connector-j-8.4.0.jar']) writeFileSync(file(name), '');
  writeFileSync(file('sound.yaml'), inventoryText());
  writeFileSync(
    file('doubtful.yaml'),
    readFileSync(file('sound.yaml'), 'utf8').replace('pub.example.com', 'pub'),
  );
  writeFileSync(file('wrong.yaml'), inventoryText({ groups: tenEntries() }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('validate', () => {
  it('has nothing to say about a sound inventory', async () => {
    const { code, stdout } = await runTool('validate', file('sound.yaml'));
    expect(stdout).toBe('nothing to complain about\n');
    expect(code).toBe(0);
  });

  it('tells doubts with place, reason and a way out, and fails for them only if it is strict', async () => {
    const { code, stdout } = await runTool('validate', file('doubtful.yaml'));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^warning name-short: \S+doubtful\.yaml:\d+:\d+: apim\.hostname: pub is a short name/,
    );
    expect(stdout).toContain('\n    why: ');
    expect(stdout).toContain('\n    fix: give pub an apim.hostname with its domain');
    expect(stdout).toMatch(/0 errors, 1 warning\n$/);
    expect((await runTool('validate', '--strict', file('doubtful.yaml'))).code).toBe(64);
  });

  it('tells every mistake, for programs as well', async () => {
    const { code, stdout } = await runTool('validate', '--output', 'json', file('wrong.yaml'));
    expect(code).toBe(64);
    const findings = JSON.parse(stdout) as { code: string; severity: string; line: number }[];
    expect(findings.map(({ code: each, severity }) => `${severity} ${each}`)).toContain(
      'error ha-no-balancer',
    );
    expect(findings.every(({ line }) => line > 0)).toBe(true);
  });

  it('misses files that a deployment would need', async () => {
    rmSync(file('wso2am-3.2.0.zip'));
    const { code, stdout } = await runTool('validate', file('sound.yaml'));
    expect(stdout).toContain(`apim.pack.path: ${file('wso2am-3.2.0.zip')} is not on this machine`);
    expect(stdout).toMatch(/0 errors, 1 warning\n$/);
    expect(code).toBe(0);
    writeFileSync(file('wso2am-3.2.0.zip'), '');
  });

  it('compares several inventories', async () => {
    const { code, stdout } = await runTool('validate', file('sound.yaml'), file('doubtful.yaml'));
    expect(code).toBe(64);
    expect(stdout).toContain('error database-shared: ');
    expect(stdout).toContain(`db.example.com:3306/apim_db is the database of ${file('sound.yaml')}, too`);
  });
});
