import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { forLoginShell } from '../../src/connection/login-shell.ts';

const scripts = {
  'that is one line': 'exec echo hi',
  'of lines and quotes': `echo a\n\necho 'b c'\nprintf '%s\\n' "x\\\\y" it\\'s '!bang' "$HOME" '~' '*' '^a^b' '%1' '{a,b}'`,
  'with what only sh says': 'if true; then echo yes; else echo no; fi; a() { echo "$#"; }; a; exit 3',
  'with a document': "cat <<'E'\n\n x  y\n\\\nE\necho end",
  'with comments, and letters of others': "# it's so\necho äö€ # more",
  'that is long': `x=${'a'.repeat(20_000)}\necho \${#x}`,
  'of many lines': `${Array.from({ length: 1000 }, (_, n) => `: ${n} words`).join('\n')}\necho done`,
};

describe.each([['dash'], ['bash'], ['csh'], ['fish'], ['busybox', 'sh']])(
  '%s as a login shell',
  (...shell) => {
    it.each(Object.entries(scripts))('does a script %s as sh does', (_what, script) => {
      const [program = '', ...words] = shell;
      const run = (file: string, ...argv: string[]) => {
        const { status, stdout, stderr } = spawnSync(file, argv, { encoding: 'utf8' });
        return { status, stdout, stderr };
      };
      const done = run(program, ...words, '-c', forLoginShell(script));
      expect(done).toEqual(run('sh', '-c', script));
      expect(done.stdout).not.toBe('');
    });
  },
);
