import { type Command, sh } from './command.ts';

/** Fails, with both sums, unless the file has this SHA-256 (hex). */
export function verifyChecksum(path: string, sha256: string): Command {
  return sh`found=$(sha256sum ${path} | cut -d ' ' -f 1); test "$found" = ${sha256} || { echo "SHA-256 of the archive is $found, the inventory says "${sha256} >&2; rm -f ${path}; exit 1; }`;
}

/**
 * Unpacks a zip into a folder that is made for it anew. One that names files elsewhere is no archive of the product: unzip would
 * leave out `../`, and say no more than a word about it.
 */
export function unpackBeside(archive: string, folder: string): Command {
  return sh`if unzip -Z1 ${archive} 2>/dev/null | grep -E '(^|/)\.\.(/|$)' >&2; then echo "the archive names files outside of its folder (../)" >&2; exit 1; fi; rm -rf ${folder} && mkdir -p ${folder} && unzip -q ${archive} -d ${folder}`;
}
