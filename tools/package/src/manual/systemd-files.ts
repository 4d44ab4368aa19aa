import type { Entry } from "./page.ts";

/** The placeholder of a unit, which stands for a cluster, as a page shows it. */
const CLUSTER = "CLUSTER";

/** Files of a process by what its systemd unit says: the config, the state and the folder of its sockets. */
export function systemdFiles(unit: string): Entry[] {
  const config = /^ExecStart=.* --config (\S+)$/m.exec(unit)?.[1];
  const state = /^StateDirectory=(\S+)$/m.exec(unit)?.[1];
  const sockets = /^ReadWritePaths=-?(\/run\/\S+)$/m.exec(unit)?.[1];
  const entries: [string | undefined, string][] = [
    [config, "the config file with which systemd starts it"],
    [state === undefined ? undefined : `/var/lib/${state}`, "what it keeps between two starts"],
    [sockets, "its sockets"],
  ];
  return entries.flatMap(([path, meaning]) => (path === undefined ? [] : [[path.replaceAll("%i", CLUSTER), meaning]]));
}
