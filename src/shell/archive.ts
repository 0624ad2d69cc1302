import { type Command, sh } from './command.ts';

/** Fails, with both sums, unless the file has this SHA-256 (hex). */
export function verifyChecksum(path: string, sha256: string): Command {
  return sh`found=$(sha256sum ${path} | cut -d ' ' -f 1); test "$found" = ${sha256} || { echo "SHA-256 of the archive is $found, the inventory says "${sha256} >&2; rm -f ${path}; exit 1; }`;
}

/**
 * Downloads to `path`, carrying on where an earlier attempt broke off; the file is at its name only when its
 * checksum is right. Uses curl, or wget where there is no curl.
 */
export function download(url: string, path: string, sha256: string): Command {
  const part = `${path}.part`;
  return {
    text: [
      sh`if command -v curl >/dev/null 2>&1; then curl -fsSL --retry 3 -C - -o ${part} ${url} || { rm -f ${part}; curl -fsSL -o ${part} ${url}; }`
        .text,
      sh`elif command -v wget >/dev/null 2>&1; then wget -q -c -O ${part} ${url}`.text,
      'else echo "neither curl nor wget is installed" >&2; false',
      'fi || exit 1',
      verifyChecksum(part, sha256).text,
      sh`sync ${part} 2>/dev/null || sync; mv -f ${part} ${path}`.text,
    ].join('\n'),
  };
}

/** Unpacks a zip into a folder that is made for it anew. */
export function unpackBeside(archive: string, folder: string): Command {
  return sh`rm -rf ${folder} && mkdir -p ${folder} && unzip -q ${archive} -d ${folder}`;
}
