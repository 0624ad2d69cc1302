import { type Command, sh } from './command.ts';

/** Prints `yes` where systemd is what runs services. */
export function hasSystemd(): Command {
  return sh`test -d /run/systemd/system && echo yes; true`;
}

/** Where the unit file of a service stands. */
export function unitPath(unit: string): string {
  return `/etc/systemd/system/${unit}`;
}

/** Makes systemd read its files again, and has the service started at boot. */
export function enableUnit(unit: string): Command {
  return sh`systemctl daemon-reload && systemctl enable -q ${unit}`;
}

/** Prints `enabled` if the service is started at boot. */
export function isUnitEnabled(unit: string): Command {
  return sh`systemctl is-enabled ${unit} 2>/dev/null || true`;
}

/** Starts a service, also if it gave up before. */
export function startUnit(unit: string): Command {
  return sh`systemctl reset-failed ${unit} 2>/dev/null; systemctl start ${unit}`;
}
