import { addon } from "./addon.ts";

interface ServiceManagerPart {
  notifyServiceManager(path: string, state: string): number;
}

/**
 * Sends a state, such as `READY=1`, to the socket of a service manager: an absolute path, or `@name` for an abstract one, as
 * `NOTIFY_SOCKET` has it (sd_notify(3)). Waits a second at most. Returns 0 or an errno.
 */
export function notifyServiceManager(path: string, state: string): number {
  return (addon() as ServiceManagerPart).notifyServiceManager(path, state);
}
