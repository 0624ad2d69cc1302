import { systemdUnit, unitName } from '../apim/server/commands.ts';
import { put, run } from '../engine/plan.ts';
import { as } from '../shell/command.ts';
import { readText } from '../shell/files.ts';
import { findJava, readJava } from '../shell/java.ts';
import { enableUnit, hasSystemd, isUnitEnabled, unitPath } from '../shell/service.ts';
import { nodeStep, nothing } from './define.ts';
import { usesSystemd } from './server-state.ts';

/** Gives the server to systemd where there is one; elsewhere the vendor's start script is all there is. */
export const installService = nodeStep({
  name: 'install-service',
  summary: 'Install a systemd unit for the server, so that it comes back after a reboot.',
  params: nothing,

  async inspect({ node }, { there }) {
    const unit = unitName(node);
    const [systemd, text, enabled, java] = await Promise.all([
      there(hasSystemd()),
      there(readText(unitPath(unit))),
      there(isUnitEnabled(unit)),
      there(findJava(node.java.home)),
    ]);
    return {
      systemd: usesSystemd(node, systemd.stdout.trim() === 'yes'),
      text: text.stdout,
      enabled: enabled.stdout.trim() === 'enabled',
      javaHome: readJava(java)?.home ?? '',
    };
  },

  plan({ node, world }, { systemd, text, enabled, javaHome }) {
    if (!systemd) return [];
    const unit = unitName(node);
    const wanted = systemdUnit(world.topology, node, javaHome);
    if (text === wanted && enabled) return [];
    return [
      {
        summary: `install the service ${unit}`,
        diff: { before: text, after: wanted },
        actions: [
          put(unitPath(unit), wanted, 0o644, 'root'),
          run(as('root', enableUnit(unit)), { shown: `systemctl enable ${unit}` }),
        ],
      },
    ];
  },
});
