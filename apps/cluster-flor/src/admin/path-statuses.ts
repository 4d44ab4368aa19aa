import type { RunningConfig } from "../config/running-config.ts";
import type { Links } from "../connection/links.ts";
import type { Transport } from "../transport/transport.ts";
import type { PathStatus } from "./cluster-status.ts";

/** The state of each path of a config that runs. @param now Monotonic milliseconds */
export function pathStatuses(
  { links, paths }: Pick<RunningConfig, "links" | "paths">,
  transport: Pick<Transport, "reach" | "pathSize">,
  carried: Pick<Links, "isUp">,
  now: number,
): PathStatus[] {
  const reachOf = transport.reach.look(now);
  return [...paths].map(([number, { name, link, labels, problem }]) => {
    const { mtu, origin } = transport.pathSize(number);
    return {
      name,
      link: link === undefined ? null : links.get(link)!.name,
      labels,
      mtu,
      mtuOrigin: origin,
      isUsable: problem === undefined && (link === undefined || carried.isUp(link)),
      ...reachOf(name),
    };
  });
}
