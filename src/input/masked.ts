/** What stands in place of a value that may be a secret. */
export const mask = '(secret)';

const secretWords = new Set([
  'password',
  'passwords',
  'passwd',
  'passphrase',
  'passcode',
  'pass',
  'pwd',
  'pw',
  'secret',
  'secrets',
  'token',
  'tokens',
  'credential',
  'credentials',
  'authorization',
  'cookie',
]);

/** Whether a value that goes by this name may be a secret: `password`, `admin_secret`, `keyPassword`, `api-key`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (
    words.some(
      (word) => secretWords.has(word) || /passw|passphrase|secret|(store|key|user|db)pass$/.test(word),
    )
  )
    return true;
  return /^(api|private|secret|access)?keys?$/.test(words.at(-1) ?? '');
}

/** Lines without any of these have nothing to mask, which is quickly seen. */
const suspicious =
  /pass|pwd|pw|secret|token|key|credential|authorization|cookie|basic|bearer|:\/\/|-----|!vault|\$ANSIBLE_VAULT|auth /i;

/** What goes on over several lines. */
type Within =
  | { readonly kind: 'private key' | 'vault' }
  /** A block of YAML: all that stands further to the right. */
  | { readonly kind: 'block'; readonly indent: number }
  | { readonly kind: 'text'; readonly end: string }
  | { readonly kind: 'list'; readonly depth: number };

/**
 * A text that people or programs wrote, with all masked that may be a secret by the name it goes by, and private keys; for
 * TOML, YAML, JSON, XML, properties, command lines and logs. Rather too much is masked than too little. `plain` are lines
 * that are known to hold none, and stay as they are.
 */
export function masked(text: string, plain: ReadonlySet<string> = new Set()): string {
  const out: string[] = [];
  let within: Within | undefined;
  let table = '';
  for (const line of text.split('\n')) {
    if (within?.kind === 'block' && line.trim() === '') {
      out.push(line);
      continue;
    }
    if (within !== undefined) {
      const next = goesOn(within, line);
      if (next.inside) {
        within = next.within;
        continue;
      }
      within = undefined;
    }
    if (/^\s*\[{1,2}[^\]]+\]{1,2}\s*(#.*)?$/.test(line)) table = line.replaceAll(/[[\]\s]|#.*/g, '');
    if (plain.has(line)) {
      out.push(line);
      continue;
    }
    if (line.includes('PRIVATE KEY-----')) {
      const found = withoutPrivateKeys(line);
      if (found.opens) within = { kind: 'private key' };
      if (found.closes) while (isBase64(out.at(-1))) out.pop();
      out.push(found.line);
      continue;
    }
    const inSecrets = isSecretName(table.split('.').at(-1) ?? '');
    if (!inSecrets && !suspicious.test(line)) {
      out.push(line);
      continue;
    }
    const found = maskedLine(line, inSecrets);
    within = found.within;
    out.push(found.line);
  }
  return out.join('\n');
}

/** Whether a line belongs to what began before it, and what it leaves open. */
function goesOn(within: Within, line: string): { inside: boolean; within: Within | undefined } {
  switch (within.kind) {
    case 'private key':
      return { inside: true, within: line.includes('PRIVATE KEY-----') ? undefined : within };
    case 'vault':
      return { inside: /^\s*[0-9a-f]{2,}\s*$/.test(line), within };
    case 'block':
      return { inside: belongsTo(line, within.indent), within };
    case 'text':
      return { inside: true, within: line.includes(within.end) ? undefined : within };
    case 'list': {
      const depth = within.depth + depthOf(line);
      return { inside: true, within: depth > 0 ? { kind: 'list', depth } : undefined };
    }
  }
}

/** A list may begin below its key, and not further to the right. */
function belongsTo(line: string, indent: number): boolean {
  const own = indentOf(line);
  return own > indent || (own === indent && line.startsWith('- ', own));
}

function isBase64(line: string | undefined): boolean {
  return line !== undefined && /^\s*[A-Za-z0-9+/=]{16,}\s*$/.test(line);
}

/** A key whose lines were joined ends on its own line; one whose beginning is not there is told by its end. */
function withoutPrivateKeys(line: string): { line: string; opens: boolean; closes: boolean } {
  const whole = line.replaceAll(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----/g,
    '(private key)',
  );
  const begins = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*$/;
  const ends = /^.*-----END [A-Z ]*PRIVATE KEY-----/;
  return {
    line: whole.replace(begins, '(private key)').replace(ends, '(private key)'),
    opens: begins.test(whole),
    closes: ends.test(whole),
  };
}

/** `key: value` and `key = value` at the beginning of a line: the value goes to its end. */
const leading = /^(\s*(?:- |export |set )?["']?)([A-Za-z_][\w.-]*)(["']?\s*(?:[:=](?!\/\/))\s*)(.*)$/;

function maskedLine(line: string, inSecrets: boolean): { line: string; within: Within | undefined } {
  const vault = line.includes('!vault') || line.includes('$ANSIBLE_VAULT');
  const [, before = '', name = '', between = '', value = ''] = leading.exec(line) ?? [];
  if (name !== '' && (inSecrets || isSecretName(name))) {
    if (isHarmless(value)) return { line, within: undefined };
    const shown = value === '' ? '' : value.startsWith('"') ? `"${mask}"` : mask;
    const comma = value.startsWith('"') && value.endsWith(',') ? ',' : '';
    return {
      line: `${before}${name}${between}${shown}${comma}`,
      within: opensAfter(value, indentOf(line)),
    };
  }
  if (vault && line.includes('$ANSIBLE_VAULT'))
    return { line: `${' '.repeat(indentOf(line))}(encrypted)`, within: { kind: 'vault' } };
  return { line: maskedInside(line), within: vault ? { kind: 'block', indent: indentOf(line) } : undefined };
}

/** References to secrets that stand elsewhere, and what is no text. */
function isHarmless(value: string): boolean {
  return /^(["']?)(true|false|(env|file):[\w./~-]+)\1,?\s*(#.*)?$/.test(value);
}

function opensAfter(value: string, indent: number): Within | undefined {
  const quotes = ['"""', "'''"].find((each) => value.startsWith(each));
  if (quotes !== undefined) return value.indexOf(quotes, 3) < 0 ? { kind: 'text', end: quotes } : undefined;
  if (/^[[{]/.test(value)) {
    const depth = depthOf(value);
    return depth > 0 ? { kind: 'list', depth } : undefined;
  }
  const [quote = ''] = /^["']/.exec(value) ?? [];
  if (quote !== '') return isClosed(value) ? undefined : { kind: 'text', end: quote };
  // In YAML what stands further to the right belongs to it; in other forms nothing does.
  return { kind: 'block', indent };
}

function isClosed(value: string): boolean {
  return /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.test(value);
}

function depthOf(text: string): number {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '');
  return [...bare].reduce((sum, each) => sum + ('[{'.includes(each) ? 1 : ']}'.includes(each) ? -1 : 0), 0);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

const quoted = String.raw`"(?:[^"\\]|\\.)*"?|'[^']*'?`;
/** After a colon a value may hold spaces, up to the next comma or brace; after an equals sign it is a word. */
const inline = new RegExp(
  String.raw`(?<![\w.])([A-Za-z_][\w.-]{0,80})(["']?(?:\s*=\s*|\s*:\s+|["']\s*:\s*))(${quoted}|(?<=:\s*)[^,}\]"'\s][^,}\]]*|[^\s,;&|"'<>{}[\]()]+)`,
  'g',
);

/** Names and values in the midst of a line; a value may have such in it. */
function maskedPairs(text: string): string {
  return text.replaceAll(inline, (whole, name: string, between: string, value: string) => {
    if (!isSecretName(name)) return `${name}${between}${maskedPairs(value)}`;
    if (isHarmless(value)) return whole;
    return `${name}${between}${/^["']/.test(value) ? `${value[0]}${mask}${value[0]}` : mask}`;
  });
}

/** What stands in the midst of a line. */
function maskedInside(line: string): string {
  return maskedPairs(line)
    .replaceAll(/<([\w:.-]+)([^<>]*)>([^<>]+)(?=<\/)/g, (whole, name: string, more: string) => {
      const [, called = ''] = /\bname\s*=\s*["']([^"']*)["']/.exec(more) ?? [];
      return isSecretName(name) || isSecretName(called) ? `<${name}${more}>${mask}` : whole;
    })
    .replaceAll(/(\s--?)([A-Za-z][\w-]*)\s+([^\s-]\S*)/g, (whole, dash: string, name: string) =>
      isSecretName(name) ? `${dash}${name} ${mask}` : whole,
    )
    .replaceAll(/:\/\/([^\s/:@]*):[^\s/@]+@/g, `://$1:${mask}@`)
    .replaceAll(/\b(Basic|Bearer)\s+(?![a-z]+\b)[\w.~+/=-]{8,}/gi, `$1 ${mask}`)
    .replaceAll(/\bauth\s+([^\s:]+):\S+/g, `auth $1:${mask}`)
    .replaceAll(/\b((?:insecure-)?password)\s+\S+$/g, `$1 ${mask}`);
}
