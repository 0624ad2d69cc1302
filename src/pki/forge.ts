import { createRequire } from 'node:module';
import type Forge from 'node-forge';

const require = createRequire(import.meta.url);

/** The library that puts certificates together. Loaded when first asked for: most runs only read what is there. */
export function forge(): typeof Forge {
  return require('node-forge') as typeof Forge;
}
