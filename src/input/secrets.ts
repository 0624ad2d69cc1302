import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../secret.ts';
import { absolute } from './decode.ts';
import { inUtf8 } from './text.ts';

/** A field that holds a secret: a vaulted value, `env:NAME`, `file:path`, or the value itself. Yields a `Secret`. */
export function secret() {
  return z
    .union([z.instanceof(Secret), z.string()], {
      // Never with what was found: it is what nobody may see.
      error:
        'must be a text (in quotes, where it looks like a number, a date or yes; in INI in both kinds of quotes), env:NAME, file:path, or a vaulted value',
    })
    .transform((value, context): Secret => {
      if (value instanceof Secret) return value;
      const refuse = (message: string): Secret => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      if (value.startsWith('env:')) {
        const found = process.env[value.slice(4)];
        if (found === undefined || found === '')
          return refuse(`the environment variable ${value.slice(4)} is not set`);
        return new Secret(found);
      }
      if (value.startsWith('file:')) return fromFile(absolute(value.slice(5)), refuse);
      if (value === '') return refuse('is empty');
      return new Secret(value);
    });
}

function fromFile(path: string, refuse: (message: string) => Secret): Secret {
  try {
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) return refuse(`${path} is no UTF-8: ${inUtf8}`);
    const text = bytes.toString('utf8').replace(/\r?\n$/, '');
    if ((statSync(path).mode & 0o007) !== 0)
      return refuse(`${path} can be read by everybody: chmod 600 ${path}`);
    return text === '' ? refuse(`${path} is empty`) : new Secret(text);
  } catch (error) {
    return refuse(`${path} cannot be read: ${(error as Error).message}`);
  }
}
