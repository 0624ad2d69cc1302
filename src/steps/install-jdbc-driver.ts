import { driverFile, dropinName, dropinsFolder, marks } from '../apim/cluster/paths.ts';
import { downloadOf } from '../apim/settings/download.ts';
import { type Action, put, run } from '../engine/plan.ts';
import { StepFailed } from '../errors.ts';
import { as, sh } from '../shell/command.ts';
import { checksum, readNote } from '../shell/files.ts';
import { nodeStep, nothing } from './define.ts';
import { fetch, readAuthority } from './fetch.ts';
import { inHome } from './home.ts';

/** Puts the JDBC driver where the product looks for it, and takes away the one we put there before. */
export const installJdbcDriver = nodeStep({
  name: 'install-jdbc-driver',
  summary: 'Put the JDBC driver of the database into the node, in place of an older one.',
  params: nothing,

  async inspect({ node, world }, { here, there }) {
    const { topology } = world;
    const { driver } = topology.settings.database;
    const [installed, previous, local, authority] = await Promise.all([
      there(inHome(topology, node, checksum(driverFile(topology, node)))),
      there(inHome(topology, node, readNote(marks(node).driver))),
      driver.path === undefined ? undefined : here(checksum(driver.path)),
      readAuthority(here, downloadOf(driver)),
    ]);
    return {
      installed: installed.stdout.trim(),
      previous: previous.stdout.trim(),
      authority,
      wanted: local?.stdout.trim() ?? driver.sha256 ?? '',
    };
  },

  plan({ node, world }, { installed, previous, wanted, authority }) {
    const { topology } = world;
    const { driver } = topology.settings.database;
    const download = downloadOf(driver);
    const path = driverFile(topology, node);
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (driver.path !== undefined && wanted === '')
      throw new StepFailed({
        cause: `the JDBC driver ${driver.path} is not on this machine`,
        hint: 'correct database.driver.path in the inventory',
      });
    if (driver.path !== undefined && driver.sha256 !== undefined && driver.sha256 !== wanted)
      throw new StepFailed({
        cause: `the JDBC driver ${driver.path} has SHA-256 ${wanted}, the inventory says ${driver.sha256}`,
        hint: 'correct database.driver in the inventory, or fetch the driver again',
      });
    if (installed === wanted && previous === name) return [];
    const older = previous === '' || previous === name ? [] : [previous];
    const actions: Action[] = [
      download === undefined
        ? put(path, { file: driver.path ?? '' }, 0o644, node.user)
        : fetch({ download, key: 'database.driver', sha256: wanted, path, user: node.user, authority }),
      // The product copies a driver into dropins/ as a bundle when it starts; the copy would outlive the driver.
      run(
        as(
          node.user,
          sh`rm -f ${[
            ...older.map((each) => `${path.slice(0, -name.length)}${each}`),
            ...[...older, name].map((each) => `${dropinsFolder(node)}/${dropinName(each)}`),
          ]}`,
        ),
      ),
      put(marks(node).driver, `${name}\n`, 0o644, node.user),
    ];
    return [{ summary: `install the JDBC driver ${name}`, actions }];
  },
});
