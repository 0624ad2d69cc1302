import { type Command, script, sh } from './command.ts';

/**
 * Prints the home of Java, and its version: from the file `release` of a JDK, because starting a JVM takes a tenth of a
 * second; otherwise Java is asked. With a home given, only that is looked at.
 */
export function findJava(home: string | undefined): Command {
  return script(
    setHome(home),
    `if test -x "$home/bin/java"; then printf '%s\\n' "$home"; version=`,
    'if test -r "$home/release"; then while IFS== read -r key value; do if test "$key" = JAVA_VERSION; then version=$value; fi; done < "$home/release"; fi',
    `if test -n "$version"; then printf 'version %s\\n' "$version"; else "$home/bin/java" -version 2>&1 </dev/null; fi; fi; true`,
  );
}

function setHome(home: string | undefined): Command | string {
  return home === undefined
    ? `java=$(command -v java) && java=$(readlink -f "$java"); home=\${java%/bin/java}; if test -x "\${home%/jre}/bin/java"; then home=\${home%/jre}; fi`
    : sh`home=${home}`;
}

const joined = String.raw`/^jdk\.tls\.disabledAlgorithms[ \t]*=/ { on = 1; sub(/^[^=]*=[ \t]*/, "") } on { more = sub(/\\$/, ""); sub(/^[ \t]+/, ""); printf "%s", $0; if (!more) { print ""; exit } }`;

/** Prints what Java refuses of TLS by its own settings, as one line; or what a file of more settings says, if it does. */
export function disabledTls(home: string | undefined, more?: string): Command {
  return script(
    setHome(home),
    sh`for file in ${more === undefined ? [] : [more]} "$home/conf/security/java.security" "$home/jre/lib/security/java.security" "$home/lib/security/java.security"; do said=$(awk ${joined} "$file" 2>/dev/null); if test -n "$said"; then printf '%s\n' "$said"; break; fi; done; true`,
  );
}

/** What `findJava` printed: the home, and the major version (`1.8.0` is 8). */
export function readJava({ stdout }: { stdout: string }): { home: string; version: number } | undefined {
  const [home = ''] = stdout.split('\n');
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(stdout) ?? [];
  if (!home.startsWith('/') || first === undefined) return undefined;
  return { home, version: first === '1' ? Number(second) : Number(first) };
}
