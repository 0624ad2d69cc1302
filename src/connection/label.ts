import { sh } from '../shell/command.ts';

/**
 * Gives a file that was put under /etc the label that SELinux knows for its name: one that is written beside and renamed has that
 * of its folder, and services may not read it. Nothing where there is no SELinux, and for all other files.
 */
export function relabelled(path: string): string {
  if (!path.startsWith('/etc/')) return 'true';
  return sh`if command -v restorecon >/dev/null 2>&1; then restorecon ${path} || true; fi`.text;
}
