import { basename } from 'node:path';
import { dropinName, dropinsFolder } from './paths.ts';
import type { Node } from './topology.ts';

/** A file of somebody's own, and where it is to be. */
export interface ExtraFile {
  /** On this machine. */
  readonly from: string;
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
  return files.map(({ from, to }) => {
    const folder = folders[to];
    return { from, inside: folder === undefined ? to : `${folder}/${basename(from)}` };
  });
}

/** Everything that has to go with a file: a library is copied into dropins when the product starts. */
export function tracesOf(node: Node, inside: string): string[] {
  const path = `${node.home}/${inside}`;
  const name = basename(inside);
  const isLibrary = inside === `${folders.lib}/${name}` && name.endsWith('.jar');
  return isLibrary ? [path, `${dropinsFolder(node)}/${dropinName(name)}`] : [path];
}
