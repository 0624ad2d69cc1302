import { describe, expect, it } from 'vitest';
import { readJava } from '../../src/shell/java.ts';

describe('the version of Java', () => {
  it.each([
    ['openjdk version "1.8.0_392"\nOpenJDK Runtime Environment (build 1.8.0_392-b08)', 8],
    ['java version "1.8.0_202"\nJava(TM) SE Runtime Environment (build 1.8.0_202-b08)', 8],
    ['openjdk version "11.0.21" 2023-10-17\nOpenJDK Runtime Environment (build 11.0.21+9)', 11],
    ['openjdk version "17.0.9" 2023-10-17\nOpenJDK Runtime Environment (build 17.0.9+9)', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "11.0.21" 2023-10-17', 11],
  ])('in %j is %i', (output, version) => {
    expect(readJava({ stdout: `/usr/lib/jvm/java\n${output}\n` })).toEqual({
      home: '/usr/lib/jvm/java',
      version,
    });
  });

  it.each(['', '/usr/lib/jvm/java\n', '/usr/lib/jvm/java\nsh: java: not found\n', 'version "11"\n'])(
    'is not known from %j',
    (stdout) => {
      expect(readJava({ stdout })).toBeUndefined();
    },
  );
});
