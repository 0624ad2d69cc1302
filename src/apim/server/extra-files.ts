import { basename } from 'node:path';
import { dropinName, dropinsFolder } from '../cluster/paths.ts';
import type { Node } from '../cluster/topology.ts';
import { type Download, downloadOf } from '../settings/download.ts';

/** A file of somebody's own, and where it is to be. */
export interface ExtraFile {
  /** On this machine; undefined if servers download it. */
  readonly from: string | undefined;
  readonly download: Download | undefined;
  /** Of what is downloaded. */
  readonly sha256: string | undefined;
  /** Where it stands in the inventory, below `apim`. */
  readonly key: string;
  /** Inside the home. */
  readonly inside: string;
}

const folders: Readonly<Record<string, string>> = {
  dropins: 'repository/components/dropins',
  lib: 'repository/components/lib',
  webapps: 'repository/deployment/server/webapps',
};

/** The files of a node's own. */
export function extraFiles({ files }: Node): ExtraFile[] {
  return files.map((file, index) => {
    const { from, url, to, sha256 } = file;
    const folder = folders[to];
    const name = basename(from ?? new URL(url ?? '').pathname);
    return {
      from,
      download: downloadOf(file),
      sha256,
      key: `files.${index}`,
      inside: folder === undefined ? to : `${folder}/${name}`,
    };
  });
}

/** The files that are on this machine. */
export function localFiles(node: Node): string[] {
  return extraFiles(node).flatMap(({ from }) => from ?? []);
}

/** What the checksum of a file must be, by those of the files here; undefined if it is not here. */
export function wantedSum(
  { from, sha256 }: ExtraFile,
  local: ReadonlyMap<string, string>,
): string | undefined {
  return from === undefined ? sha256 : local.get(from);
}

/** Everything that has to go with a file: a library is copied into dropins when the product starts. */
export function tracesOf(node: Node, inside: string): string[] {
  const path = `${node.home}/${inside}`;
  const name = basename(inside);
  const isLibrary = inside === `${folders.lib}/${name}` && name.endsWith('.jar');
  return isLibrary ? [path, `${dropinsFolder(node)}/${dropinName(name)}`] : [path];
}
