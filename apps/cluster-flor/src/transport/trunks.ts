import assert from "node:assert";
import { type Credentials, formatShortPrincipal } from "@florenetes/identity";
import type { PathConfig, TunnelConfig } from "../config/cluster-config.ts";
import { DatagramDrops } from "./datagrams/flow-account.ts";
import type { PathSizes } from "./paths/path-sizes.ts";
import { sizeOfUncut } from "./paths/uncut-size.ts";
import { Trunk, type TrunkHost } from "./tunnels/trunk.ts";
import type { ClientsOwner, TrunkClients } from "./tunnels/trunk-clients.ts";

/** The principal that opens streams, their service, and how they get there. */
export type Route = Pick<TunnelConfig, "as" | "service" | "path" | "trafficClass" | "keepMs" | "dontFragment">;

export interface TrunksOptions {
  readonly paths: readonly PathConfig[];
  readonly sizes: PathSizes;
  /** Reads what an identity folder has. */
  readonly credentialsOf: (folder: string) => Credentials;
  /** Makes what the clients of a trunk come to. */
  readonly clientsOf: (owner: ClientsOwner) => TrunkClients;
}

/** The trunks of a transport service: one for each principal, service, path, class and way with datagrams. */
export class Trunks {
  readonly #host: TrunkHost;
  readonly #options: TrunksOptions;
  readonly #trunks = new Map<string, Trunk>();

  constructor(host: TrunkHost, options: TrunksOptions) {
    this.#host = host;
    this.#options = options;
  }

  [Symbol.iterator](): IterableIterator<Trunk> {
    return this.#trunks.values();
  }

  /**
   * The one that a route leads over. It keeps its connection for as long as any of its routes says.
   *
   * @param drops Counts datagrams that are for none of its flows, if it is a new one.
   */
  for(route: Route, drops: DatagramDrops = new DatagramDrops()): Trunk {
    const { service, trafficClass, as: identity, dontFragment: isUncut = false } = route;
    const { paths, sizes, credentialsOf, clientsOf } = this.#options;
    const credentials = credentialsOf(identity);
    const as = formatShortPrincipal(credentials.principal);
    const path = paths[route.path];
    assert(path !== undefined, `there is no path ${route.path}`);
    const key = `${as} ${service} ${path.name} ${trafficClass} ${isUncut}`;
    let trunk = this.#trunks.get(key);
    if (trunk === undefined) {
      const size = isUncut ? sizeOfUncut(sizes.of(route.path)) : sizes.of(route.path);
      const options = { as, identity, credentials, service, path, size, datagramDrops: drops, trafficClass, isUncut };
      trunk = new Trunk(this.#host, options, clientsOf);
      this.#trunks.set(key, trunk);
      sizes.join(route.path, trunk);
    }
    trunk.idle.keepFor(route.keepMs ?? Number.POSITIVE_INFINITY);
    return trunk;
  }
}
