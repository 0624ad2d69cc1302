import type { Host } from '../input/inventory.ts';

/** The name under which playbooks speak of the machine we run on. */
export const controllerName = 'controller';

/** The machine we run on, as a host that steps can be at. */
export const controller: Host = {
  name: controllerName,
  groups: [],
  login: { kind: 'local' },
  vars: {},
  position: () => ({ file: controllerName, line: 1, column: 1 }),
};
