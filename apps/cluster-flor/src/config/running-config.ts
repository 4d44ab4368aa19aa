import type { ClusterConfig, VertexConfig } from "./cluster-config.ts";
import { PLACES_MAX } from "./limits.ts";

/** Things of a running vertex, each at an index that it keeps for as long as it is configured: one that was removed leaves a hole for good. */
export type Slots<T> = readonly (T | undefined)[];

/** The lists of a config whose places stand for things: rooms, and the data thread, know these by their indices. */
type SlotName = "portals" | "links" | "services" | "paths" | "tunnels" | "sessions";

/** A config as the three services take it, first or later: no index in it ever means another thing than it did before. */
export type RunningConfig = Omit<VertexConfig, SlotName> & {
  readonly [Name in SlotName]: Slots<VertexConfig[Name][number]>;
};

/** The things of a list, each with its index; holes are left out. */
export function* entriesOf<T>(slots: Slots<T>): Generator<[number, T], void> {
  for (const [index, item] of slots.entries()) if (item !== undefined) yield [index, item];
}

/** The things of a list without their indices; holes are left out. */
export function* itemsOf<T>(slots: Slots<T>): Generator<T, void> {
  for (const item of slots) if (item !== undefined) yield item;
}

/**
 * Puts the things of a config at the indices that they have in the running one. They are the same things if these are the same: a portal's
 * name and sockets; a link's portal, peer and tag; a service's name and whether it takes datagrams; a path's name; what a
 * tunnel, or a socket of sessions, listens on. What was not there before comes behind all that was.
 */
export function alignConfig(running: RunningConfig, next: VertexConfig): RunningConfig {
  const portals = align(running.portals, next.portals, ({ name, bind, connect }) => [name, bind, connect]);
  const portalOf = (index: number): number => portals.indexOf[index] ?? index;
  const links = align(
    running.links,
    next.links.map((link) => ({ ...link, portal: portalOf(link.portal) })),
    ({ portal, peer, tag }) => [portal, peer, tag],
  );
  const linkOf = (index: number): number => links.indexOf[index] ?? index;
  const paths = align(
    running.paths,
    next.paths.map((path) => ({ ...path, link: path.link === undefined ? undefined : linkOf(path.link) })),
    ({ name }) => [name],
  );
  const pathOf = (index: number): number => paths.indexOf[index] ?? index;
  const ofLink = <T extends { readonly link: number }>(place: T): T => ({ ...place, link: linkOf(place.link) });
  return {
    ...next,
    portals: portals.slots,
    links: links.slots,
    paths: paths.slots,
    transit: next.transit.map(([a, b]): readonly [number, number] => [linkOf(a), linkOf(b)]),
    crossConnects: next.crossConnects.map(({ from, to }) => ({ from: ofLink(from), to: ofLink(to) })),
    lspEnds: next.lspEnds.map(ofLink),
    services: align(running.services, next.services, ({ name, target }) => [name, target.kind === "udp"]).slots,
    tunnels: align(
      running.tunnels,
      next.tunnels.map((tunnel) => ({ ...tunnel, path: pathOf(tunnel.path) })),
      ({ name, mode, owner }) => [name, mode, owner],
    ).slots,
    sessions: align(
      running.sessions,
      next.sessions.map((socket) => ({
        ...socket,
        services: socket.services.map((service) => ({ ...service, path: pathOf(service.path) })),
      })),
      ({ name, mode, owner }) => [name, mode, owner],
    ).slots,
  };
}

/** Lists whose places have run out: after so many things a list takes no more of them in this life of the process. */
export function fullLists(config: RunningConfig): string[] {
  const names = ["portals", "links", "services", "paths", "tunnels", "sessions"] as const;
  return names.filter((name) => config[name].length > PLACES_MAX);
}

/** Keys that differ, and that only another process can have otherwise. */
export function keysForRestart(running: ClusterConfig, next: ClusterConfig): string[] {
  const keys = {
    cluster: "cluster",
    vertex: "vertex",
    engine: "engine",
    state: "state",
    admin: "admin",
    control: "control",
    accessLog: "access-log",
  } as const;
  const differs = ([key]: [keyof typeof keys, string]): boolean => running[key] !== next[key];
  return (Object.entries(keys) as [keyof typeof keys, string][]).filter(differs).map(([, name]) => name);
}

/** @returns `indexOf[i]` is where `next[i]` is in the slots */
function align<T>(
  running: Slots<T>,
  next: readonly T[],
  identityOf: (item: T) => readonly unknown[],
): { readonly slots: Slots<T>; readonly indexOf: readonly number[] } {
  const keyOf = (item: T): string => JSON.stringify(identityOf(item));
  const places = new Map([...entriesOf(running)].map(([index, item]) => [keyOf(item), index]));
  const slots: (T | undefined)[] = running.map(() => undefined);
  const indexOf = next.map((item) => {
    const index = places.get(keyOf(item)) ?? slots.length;
    slots[index] = item;
    return index;
  });
  return { slots, indexOf };
}
