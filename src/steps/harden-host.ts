import { serverOf } from '../apim/cluster/topology.ts';
import {
  javaSecurityFile,
  javaSecurityText,
  limitsFile,
  limitsText,
  needsJavaSecurity,
  scriptFlags,
  sysctlFile,
  sysctlText,
} from '../apim/config/hardening.ts';
import { type Change, put, run } from '../engine/plan.ts';
import { as, sh } from '../shell/command.ts';
import { readText } from '../shell/files.ts';
import { disabledTls } from '../shell/java.ts';
import { nodeStep, nothing } from './define.ts';
import { inHome } from './home.ts';

/** What production asks of a server besides the product's configuration. Files of our own; none of the system's. */
export const hardenHost = nodeStep({
  name: 'harden-host',
  summary:
    'Raise limits, tune the kernel’s network, and have the server verify host names and Java refuse old TLS, where the inventory asks for it.',
  params: nothing,

  async inspect({ node, world }, { there }) {
    const { hardening } = world.topology.settings;
    if (hardening === undefined) return undefined;
    const flags = scriptFlags.map(([shipped]) => shipped);
    const java = needsJavaSecurity(world.topology, node);
    const [limits, sysctl, script, disabled, security] = await Promise.all([
      there(readText(limitsFile)),
      there(readText(sysctlFile)),
      there(
        inHome(
          world.topology,
          node,
          sh`for flag in ${flags}; do grep -qF -- "$flag" ${node.home}/bin/wso2server.sh && echo unsafe; done; echo seen`,
        ),
      ),
      java ? there(disabledTls(node.java.home)) : undefined,
      java ? there(inHome(world.topology, node, readText(javaSecurityFile(node)))) : undefined,
    ]);
    return {
      limits: limits.stdout,
      sysctl: sysctl.stdout,
      strict: script.stdout.trim() === 'seen',
      /** What Java refuses of its own accord, and what our file says; both empty where Java need not be told. */
      disabled: disabled?.stdout.trim() ?? '',
      security: security?.stdout ?? '',
    };
  },

  plan({ node, world }, facts) {
    const { hardening } = world.topology.settings;
    if (facts === undefined || hardening === undefined) return [];
    const here = world.topology.nodes.filter((each) => serverOf(each) === serverOf(node));
    const limits = limitsText(here.map(({ user }) => user));
    const changes: Change[] = [];
    if (hardening.limits && facts.limits !== limits)
      changes.push({
        summary: `raise limits in ${limitsFile}`,
        diff: { before: facts.limits, after: limits },
        actions: [put(limitsFile, limits, 0o644, 'root')],
      });
    if (hardening.sysctl && facts.sysctl !== sysctlText)
      changes.push({
        summary: `tune the network in ${sysctlFile}`,
        diff: { before: facts.sysctl, after: sysctlText },
        actions: [
          put(sysctlFile, sysctlText, 0o644, 'root'),
          // A container has no say over some of them: it does with what its kernel has.
          run(as('root', sh`sysctl -q -e -p ${sysctlFile} 2>&1 || true`), {
            shown: `sysctl -p ${sysctlFile}`,
          }),
        ],
      });
    if (hardening.jvm && !facts.strict)
      changes.push({
        summary: `have ${node.home}/bin/wso2server.sh verify host names`,
        actions: [
          run(
            as(
              node.user,
              sh`sed -i ${scriptFlags.flatMap(([from, to]) => ['-e', `s|${from}|${to}|`])} ${node.home}/bin/wso2server.sh`,
            ),
            {
              shown: 'change the flags in wso2server.sh',
            },
          ),
        ],
      });
    const file = javaSecurityFile(node);
    const security = facts.disabled === '' ? facts.security : javaSecurityText(facts.disabled);
    if (facts.security !== security)
      changes.push({
        summary: `have Java refuse TLS before 1.2, in ${file}`,
        diff: { before: facts.security, after: security },
        actions: [
          run(as(node.user, sh`mkdir -p ${file.slice(0, file.lastIndexOf('/'))}`)),
          put(file, security, 0o644, node.user),
        ],
      });
    return changes;
  },
});
