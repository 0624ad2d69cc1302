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

/**
 * Prints `enabled` if the service is started at boot: if a target of this machine wants it, which is all that `systemctl
 * enable` sees to. No program is started for it.
 */
export function isUnitEnabled(unit: string): Command {
  return sh`for link in /etc/systemd/system/*.wants/${unit}; do if test -e "$link"; then echo enabled; break; fi; done`;
}

/** Starts a service, also if it gave up before. */
export function startUnit(unit: string): Command {
  return sh`systemctl reset-failed ${unit} 2>/dev/null; systemctl start ${unit}`;
}
