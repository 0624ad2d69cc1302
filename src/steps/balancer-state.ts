import { balancerUnit, findProgram, isBalancing } from '../apim/balancer/commands.ts';
import { type BalancerSoftware, balancerFiles } from '../apim/balancer/model.ts';
import type { Material } from '../certificates/material.ts';
import { readMaterial } from '../certificates/read.ts';
import type { Asks, AsksThere } from '../engine/step.ts';
import { as, sh } from '../shell/command.ts';
import { checksum, readText } from '../shell/files.ts';
import { hasSystemd, isUnitEnabled, unitPath } from '../shell/service.ts';
import type { World } from './define.ts';

/** How a balancer was found. */
export interface BalancerFacts {
  /** Where the program is; empty if it is not installed. */
  readonly program: string;
  readonly config: string;
  /** Checksums. */
  readonly certificate: string;
  readonly authority: string;
  /** Names of nodes that people drained. */
  readonly drained: readonly string[];
  /** Names of nodes that a rolling run drained, until they are ready again. */
  readonly resting: readonly string[];
  /** The files in the folder of resting nodes, by name. */
  readonly noted: readonly string[];
  readonly loaded: string;
  readonly running: boolean;
  /** Whether the other program runs as our balancer, from before the inventory was changed. */
  readonly otherRunning: boolean;
  /** The unit file and whether it is enabled; undefined without systemd. */
  readonly unit: { readonly text: string; readonly enabled: boolean } | undefined;
  readonly material: Material;
}

/** The program that is not to balance there. */
export function otherThan(software: BalancerSoftware): BalancerSoftware {
  return software === 'nginx' ? 'haproxy' : 'nginx';
}

/** Looks at a balancer. */
export async function inspectBalancer(
  world: World,
  software: BalancerSoftware,
  { once, there }: Pick<Asks, 'once' | 'there'>,
): Promise<BalancerFacts> {
  const [found, material] = await Promise.all([
    lookAtBalancer(software, { there }),
    once(readMaterial, world),
  ]);
  return { ...found, material };
}

/** Looks at a balancer, but not at the certificates that it should have. Its files are for root only. */
export async function lookAtBalancer(
  software: BalancerSoftware,
  { there }: Pick<AsksThere, 'there'>,
): Promise<Omit<BalancerFacts, 'material'>> {
  const files = balancerFiles(software);
  const asRoot = (question: Parameters<typeof there>[0]) => there(as('root', question));
  const [
    program,
    config,
    certificate,
    authority,
    drained,
    resting,
    loaded,
    running,
    other,
    systemd,
    unit,
    enabled,
  ] = await Promise.all([
    there(findProgram(software)),
    asRoot(readText(files.config)),
    asRoot(checksum(files.certificate)),
    asRoot(checksum(files.authority)),
    asRoot(readText(files.drained)),
    asRoot(sh`ls -1 ${files.resting} 2>/dev/null || true`),
    asRoot(readText(files.loaded)),
    there(isBalancing(software)),
    there(isBalancing(otherThan(software))),
    there(hasSystemd()),
    there(readText(unitPath(balancerUnit))),
    there(isUnitEnabled(balancerUnit)),
  ]);
  const gone = namesIn(drained.stdout);
  const noted = namesIn(resting.stdout);
  return {
    program: program.stdout.trim(),
    config: config.stdout,
    certificate: certificate.stdout.trim(),
    authority: authority.stdout.trim(),
    drained: gone,
    // nginx looks for whoever people drained in the same folder.
    resting: software === 'nginx' ? noted.filter((name) => !gone.includes(name)) : noted,
    noted,
    loaded: loaded.stdout.trim(),
    running: running.stdout.trim() === 'yes',
    otherRunning: other.stdout.trim() === 'yes',
    unit:
      systemd.stdout.trim() === 'yes'
        ? { text: unit.stdout, enabled: enabled.stdout.trim() === 'enabled' }
        : undefined,
  };
}

function namesIn(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
