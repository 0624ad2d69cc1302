import { isSecretName } from '../../../input/masked.ts';
import { isMap } from '../../../input/untemplated.ts';
import { otherToAnsible } from '../../../input/yaml-words.ts';
import type { Node, Topology } from '../../cluster/topology.ts';
import { type Finding, finding } from './finding.ts';

type Path = readonly (string | number)[];

/** Values under `apim` that stand without quotes, and are something else to Ansible, each once. */
export function lintYamlWords({ nodes }: Topology): Finding[] {
  const found = nodes.flatMap((node) => wordsIn(node, node.host.vars.apim, []));
  const placed = ({ file, line, column, path }: Finding) => JSON.stringify([file, line, column, path]);
  return [...new Map(found.reverse().map((each) => [placed(each), each])).values()].reverse();
}

function wordsIn(node: Node, value: unknown, path: Path): Finding[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => wordsIn(node, each, [...path, index]));
  if (isMap(value))
    return Object.entries(value).flatMap(([key, each]) => wordsIn(node, each, [...path, key]));
  if (!['string', 'number', 'boolean'].includes(typeof value) && value !== null) return [];
  const written = node.host.written?.(['apim', ...path]);
  const theirs = written === undefined ? undefined : otherToAnsible(written, value);
  if (written === undefined || theirs === undefined) return [];
  const isSecret = path.some((part) => isSecretName(String(part)));
  const ours = typeof value === 'string' ? `the text ${JSON.stringify(value)}` : String(value);
  const told = finding(
    node,
    path.join('.'),
    isSecret ? 'is read otherwise by Ansible, without quotes' : `${written} is ${ours} here`,
    {
      code: 'yaml-word',
      why: isSecret ? 'it looks like no text to YAML 1.1' : `Ansible, which has YAML 1.1, reads ${theirs}`,
      fix: 'write what is meant: true or false, a plain number, or a text in quotes',
    },
  );
  // A key may have dots in it.
  return [{ ...told, ...node.host.position(['apim', ...path]) }];
}
