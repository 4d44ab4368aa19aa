/** The hosts for which leases are asked. Pure. */
import { bodyOf, rankHosts, type ReportBody } from "@florenetes/facts";
import { WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import type { View } from "../door/view.ts";
import { HOSTS_ASKED, HOSTS_SOUGHT, LEASE_RATE, USES_MAX } from "../limits.ts";
import { keyOf, type NamedService } from "../plan/service-names.ts";
import { hostOfPath, recordsInUse, type WantedService } from "../plan/used-services.ts";

export type HostUse = ReportBody["uses"][number];

/**
 * The hosts of services that this node wants leases for: those of paths that are in use or are to be proven, the one that leads, and the first ones of its own choice,
 * whether they can be reached or not. Those in use come first, as there is room for so many alone, and then those that are not full. Where too few of these are left,
 * leases are asked for full ones, too: who has a lease to a host hears of its return.
 *
 * @param isFull Whether a host has said that a service takes nothing more there
 * @param isVoid Whether a node was taken back
 */
export function hostUses(
  node: string,
  wanted: readonly WantedService[],
  view: View,
  isVoid: (host: string) => boolean,
  isFull: (host: string, service: NamedService) => boolean,
): readonly HostUse[] {
  const [inUse, chosen] = [new Map<string, HostUse>(), new Map<string, HostUse>()];
  for (const { name, scope, service, state, leader, failure, isOutOfReach } of wanted) {
    const records = recordsInUse(state);
    const listed = new Set(records.flatMap((record) => rankHosts(record, node)));
    const classesOf = records.map((record) => bodyOf(record, "service")?.classes ?? []);
    // A record without classes is for all.
    const isLimited = classesOf.every(({ length }) => length > 0);
    const classes = WORKLOAD_CLASS_NAMES.filter((each) => !isLimited || classesOf.flat().includes(each));
    const add = (uses: Map<string, HostUse>, host: string | undefined): void => {
      if (host === undefined || host === node || !listed.has(host) || isVoid(host)) return;
      uses.set(keyOf({ scope, service, host }), { service, scope, host, classes, rate: LEASE_RATE });
    };
    const paths = view.overlay.paths.map((path) => hostOfPath(name, path.name));
    for (const host of [leader, state.path?.host, state.next?.host, ...paths]) add(inUse, host);
    const most = failure === undefined && !isOutOfReach ? HOSTS_ASKED : HOSTS_SOUGHT;
    for (const record of records) {
      const ranked = rankHosts(record, node).filter((host) => !isVoid(host));
      const free = ranked.filter((host) => !isFull(host, { scope, service }));
      const known = ranked.slice(0, free.length < most ? HOSTS_SOUGHT : most);
      for (const host of [...free.slice(0, most), ...known]) add(chosen, host);
    }
  }
  return [...new Map([...inUse, ...chosen]).values()].slice(0, USES_MAX);
}
