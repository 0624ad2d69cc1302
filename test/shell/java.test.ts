import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disabledTls, findJava, readJava } from '../../src/shell/java.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'java-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A Java that says its version as the real one does: on stderr. */
function javaAt(home: string, version: string): string {
  mkdirSync(join(folder, home, 'bin'), { recursive: true });
  const file = join(folder, home, 'bin/java');
  writeFileSync(file, `#!/bin/sh\necho 'openjdk version "${version}" 2024-01-16' >&2\n`);
  chmodSync(file, 0o755);
  return join(folder, home);
}

const found = (home: string | undefined, path = '/usr/bin:/bin') =>
  readJava({
    stdout: execFileSync('/bin/sh', ['-c', findJava(home).text], {
      encoding: 'utf8',
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  });

describe('findJava', () => {
  it('asks the Java of the home it is given', () => {
    const home = javaAt('jdk', '11.0.21');
    expect(found(home)).toEqual({ home, version: 11 });
  });

  it('believes the release file of a home', () => {
    const home = javaAt('jdk', '11.0.21');
    writeFileSync(join(home, 'release'), 'IMPLEMENTOR="x"\nJAVA_VERSION="17.0.9"\n');
    expect(found(home)).toEqual({ home, version: 17 });
  });

  it('asks Java where the release file tells no version', () => {
    const home = javaAt('jdk', '1.8.0_392');
    writeFileSync(join(home, 'release'), 'IMPLEMENTOR="x"\n');
    expect(found(home)).toEqual({ home, version: 8 });
  });

  it('follows links from the PATH to the home itself', () => {
    const home = javaAt('jdk', '17.0.9');
    mkdirSync(join(folder, 'path'));
    symlinkSync(join(home, 'bin/java'), join(folder, 'path/java'));
    expect(found(undefined, `${join(folder, 'path')}:/usr/bin:/bin`)).toEqual({ home, version: 17 });
  });

  it('takes the JDK around a JRE, if there is one', () => {
    const home = javaAt('jdk', '1.8.0_392');
    const inner = javaAt('jdk/jre', '1.8.0_392');
    expect(found(undefined, `${inner}/bin:/usr/bin:/bin`)).toEqual({ home, version: 8 });
    const alone = javaAt('only/jre', '1.8.0_392');
    expect(found(undefined, `${alone}/bin:/usr/bin:/bin`)).toEqual({ home: alone, version: 8 });
  });

  it('finds nothing where there is nothing', () => {
    expect(found(join(folder, 'no such'))).toBeUndefined();
  });
});

describe('readJava', () => {
  it.each([
    ['/usr/lib/jvm/a\nopenjdk version "11.0.21" 2023-10-17\n', 11],
    ['/usr/lib/jvm/a\njava version "1.8.0_201"\n', 8],
    ['/usr/lib/jvm/a\nPicked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version "17" 2021-09-14\n', 17],
    ['/usr/lib/jvm/a\nversion "21.0.1"\n', 21],
  ])('reads %j', (stdout, version) => {
    expect(readJava({ stdout })).toEqual({ home: '/usr/lib/jvm/a', version });
  });

  it.each(['', '\n', '/usr/lib/jvm/a\n', '/usr/lib/jvm/a\nError: could not start\n'])(
    'reads nothing from %j',
    (stdout) => {
      expect(readJava({ stdout })).toBeUndefined();
    },
  );
});

describe('disabledTls', () => {
  const said = (home: string | undefined, more?: string) =>
    execFileSync('/bin/sh', ['-c', disabledTls(home, more).text], { encoding: 'utf8' });
  const security = (file: string, text: string) => {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), text);
    return join(folder, file);
  };
  const text = (words: string) =>
    `#jdk.tls.disabledAlgorithms=none\njdk.jar.disabledAlgorithms=MD2\njdk.tls.disabledAlgorithms=${words}\njdk.tls.legacyAlgorithms=NULL\n`;

  it.each(['conf/security', 'jre/lib/security', 'lib/security'])(
    'reads it in %s, on as many lines as it has',
    (at) => {
      security(`jdk/${at}/java.security`, text('SSLv3, RC4, \\\n    DES, \\\n    anon'));
      expect(said(join(folder, 'jdk'))).toBe('SSLv3, RC4, DES, anon\n');
    },
  );

  it('believes a file of more settings first, if it speaks of it', () => {
    security('jdk/conf/security/java.security', text('SSLv3'));
    const more = security('more', 'jdk.tls.disabledAlgorithms=SSLv3, TLSv1\n');
    expect(said(join(folder, 'jdk'), more)).toBe('SSLv3, TLSv1\n');
    expect(said(join(folder, 'jdk'), security('silent', '# nothing\n'))).toBe('SSLv3\n');
    expect(said(join(folder, 'jdk'), join(folder, 'missing'))).toBe('SSLv3\n');
  });

  it('says nothing where there is no Java', () => {
    expect(said(join(folder, 'none'))).toBe('');
  });
});
