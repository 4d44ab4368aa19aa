import { isDeepStrictEqual } from "node:util";
import type { ClusterConfig, VertexConfig } from "./cluster-config.ts";
import { LINKS_MAX } from "./limits.ts";
import { SlotLedger } from "./slot-ledger.ts";
import { SlotMap, type Slots } from "./slot-map.ts";

/** The lists of a config whose parts have numbers, by which rooms and the data thread know them. */
type SlotName = "portals" | "links" | "services" | "paths" | "tunnels" | "sessions";

/** A config as the three services take it, first or later: a part keeps its number, and no number means another part. */
export type RunningConfig = Omit<VertexConfig, SlotName> & {
  readonly [Name in SlotName]: Slots<VertexConfig[Name][number]>;
};

/**
 * Numbers the parts of one config after another. A part is the same one if these are equal: a portal's name and sockets; a link's
 * portal, peer and tag; a service's name and whether it takes datagrams; a path's name; the listen address of a tunnel or socket
 * of sessions. Numbers of removed parts are used again later, never within the same config.
 */
export class ConfigNumbers {
  readonly #ledgers: { readonly [Name in SlotName]: SlotLedger } = {
    portals: new SlotLedger(),
    links: new SlotLedger(LINKS_MAX),
    services: new SlotLedger(),
    paths: new SlotLedger(),
    tunnels: new SlotLedger(),
    sessions: new SlotLedger(),
  };

  /**
   * Gives each part of a config its number. `retain` has to follow before the next call: with this config, or with the
   * one that stays in force.
   */
  place(next: VertexConfig): RunningConfig {
    const portals = this.#place("portals", next.portals);
    const links = this.#place(
      "links",
      next.links.map((link) => ({ ...link, portal: portals.numberOf(link.portal) })),
    );
    const { numberOf: linkOf } = links;
    const paths = this.#place(
      "paths",
      next.paths.map((path) => ({
        ...path,
        link: path.link === undefined ? undefined : linkOf(path.link),
        routes: path.routes?.map((route) => ({ ...route, link: linkOf(route.link) })),
      })),
    );
    const { numberOf: pathOf } = paths;
    const someOf = (path: number | undefined): number | undefined => (path === undefined ? undefined : pathOf(path));
    const ofLink = <T extends { readonly link: number }>(place: T): T => ({ ...place, link: linkOf(place.link) });
    return {
      ...next,
      portals: portals.slots,
      links: links.slots,
      paths: paths.slots,
      transit: next.transit.map(([a, b]): readonly [number, number] => [linkOf(a), linkOf(b)]),
      permits: next.permits?.map((permit) => {
        const [a, b] = permit.pair;
        return { ...permit, pair: [linkOf(a), linkOf(b)] as const };
      }),
      crossConnects: next.crossConnects.map(({ from, to }) => ({ from: ofLink(from), to: ofLink(to) })),
      lspEnds: next.lspEnds.map(ofLink),
      services: this.#place("services", next.services).slots,
      tunnels: this.#place(
        "tunnels",
        next.tunnels.map((tunnel) => ({ ...tunnel, path: pathOf(tunnel.path) })),
      ).slots,
      sessions: this.#place(
        "sessions",
        next.sessions.map((socket) => ({
          ...socket,
          services: socket.services.map((service) => ({ ...service, path: pathOf(service.path) })),
        })),
      ).slots,
      leads: next.leads?.map((lead) => {
        return { ...lead, path: someOf(lead.path), next: someOf(lead.next), standby: someOf(lead.standby) };
      }),
    };
  }

  /** This config is in force: returns the numbers of all other parts. */
  retain(config: RunningConfig): void {
    for (const name of Object.keys(this.#ledgers) as SlotName[]) {
      const keys = [...config[name].values()].map((item) => keyOf(name, item as never));
      this.#ledgers[name].retain(new Set(keys));
    }
  }

  #place<Name extends SlotName>(name: Name, items: readonly VertexConfig[Name][number][]): Placed<Name> {
    const numbers = items.map((item) => this.#ledgers[name].take(keyOf(name, item)));
    const slots = new SlotMap(items.map((item, index) => [numbers[index]!, item]));
    return { slots, numberOf: (index) => numbers[index] ?? index };
  }
}

interface Placed<Name extends SlotName> {
  readonly slots: SlotMap<VertexConfig[Name][number]>;
  /** The number of the part at an index of the list. An index of no part stays as it is. */
  readonly numberOf: (index: number) => number;
}

/** The properties that identify a part in two configs. */
const identities: { readonly [Name in SlotName]: (item: VertexConfig[Name][number]) => readonly unknown[] } = {
  portals: ({ name, bind, connect }) => [name, bind, connect],
  links: ({ portal, peer, tag }) => [portal, peer, tag],
  services: ({ name, target }) => [name, target.kind === "udp"],
  paths: ({ name }) => [name],
  tunnels: ({ name, mode, owner }) => [name, mode, owner],
  sessions: ({ name, mode, owner }) => [name, mode, owner],
};

function keyOf<Name extends SlotName>(name: Name, item: VertexConfig[Name][number]): string {
  return JSON.stringify(identities[name](item));
}

/** Keys with differences that take a restart of the process. */
export function keysForRestart(running: ClusterConfig, next: ClusterConfig): string[] {
  const keys = {
    cluster: "cluster",
    vertex: "vertex",
    engine: "engine",
    state: "state",
    admin: "admin",
    control: "control",
    accessLog: "access-log",
    otlpTraces: "otlp-traces",
  } as const;
  const differs = ([key]: [keyof typeof keys, string]): boolean => !isDeepStrictEqual(running[key], next[key]);
  return (Object.entries(keys) as [keyof typeof keys, string][]).filter(differs).map(([, name]) => name);
}
