import assert from "node:assert";
import { type Credentials, formatShortPrincipal } from "@florenetes/identity";
import type { PathConfig, TunnelConfig } from "../config/cluster-config.ts";
import { DatagramDrops } from "./datagrams/flow-account.ts";
import { type Carriage, carriageOf } from "./messages.ts";
import type { PathSizes } from "./paths/path-sizes.ts";
import { Trunk } from "./tunnels/trunk.ts";
import type { TrunkHost } from "./tunnels/trunk-host.ts";

/** The principal that opens streams, their service, and the path to it. */
export type Route = Pick<TunnelConfig, "as" | "service" | "path" | "keepMs" | keyof Carriage>;

export interface TrunksOptions {
  readonly sizes: PathSizes;
  readonly pathOf: (path: number) => Pick<PathConfig, "name" | "problem">;
  /** Returns the credentials of an identity folder. */
  readonly credentialsOf: (folder: string) => Credentials;
}

/** A trunk, and the routes that have joined it. */
interface Used {
  readonly trunk: Trunk;
  readonly key: string;
  readonly routes: Set<Route>;
  /** Ends the trunk's use of its path. */
  readonly leavePath: () => void;
}

/**
 * The trunks of a transport service: one for each identity, service, path, class and way with datagrams of its routes.
 * A trunk without routes stops, and goes with its last connection.
 */
export class Trunks {
  readonly #host: TrunkHost<Trunk>;
  readonly #options: TrunksOptions;
  readonly #byKey = new Map<string, Used>();
  readonly #used = new Map<Trunk, Used>();

  constructor(host: TrunkHost<Trunk>, options: TrunksOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Yields the trunks that have routes. */
  *[Symbol.iterator](): Generator<Trunk, void> {
    for (const { trunk } of this.#byKey.values()) yield trunk;
  }

  /**
   * Returns the trunk that a route uses from now on, until it leaves. The trunk keeps its connection for as long as any
   * of its routes asks.
   *
   * @param drops For a new trunk: counts datagrams without a flow.
   */
  join(route: Route, drops: DatagramDrops = new DatagramDrops()): Trunk {
    const key = keyOf(route);
    const used = this.#byKey.get(key) ?? this.#open(key, route, drops);
    assert(!used.routes.has(route), "a route joins once, and leaves once");
    used.routes.add(route);
    this.#keep(used);
    return used.trunk;
  }

  /** A route leaves the trunk that it has joined. Streams that were opened on it go on. */
  leave(trunk: Trunk, route: Route): void {
    const used = this.#used.get(trunk);
    if (used?.routes.delete(route) !== true) return;
    if (used.routes.size > 0) return this.#keep(used);
    this.#byKey.delete(used.key);
    trunk.stop();
    this.#settle(used);
  }

  handleGone(trunk: Trunk): void {
    const used = this.#used.get(trunk);
    if (used !== undefined) this.#settle(used);
  }

  #open(key: string, route: Route, datagramDrops: DatagramDrops): Used {
    const { as: identity, service, path: index } = route;
    const { sizes, pathOf, credentialsOf } = this.#options;
    const credentials = credentialsOf(identity);
    const as = formatShortPrincipal(credentials.principal);
    const { name: path, problem } = pathOf(index);
    const place = sizes.place(index);
    const options = { as, identity, credentials, service, path, problem, place, datagramDrops, ...carriageOf(route) };
    const trunk = new Trunk(this.#host, options);
    const leavePath = sizes.join(index, trunk, this.#host.now());
    const used: Used = { trunk, key, routes: new Set(), leavePath };
    this.#byKey.set(key, used);
    this.#used.set(trunk, used);
    return used;
  }

  #keep({ trunk, routes }: Used): void {
    const times = [...routes].map(({ keepMs }) => keepMs ?? Number.POSITIVE_INFINITY);
    trunk.keepFor(Math.max(...times), this.#host.now());
  }

  #settle({ trunk, leavePath }: Used): void {
    if (!trunk.isOver || !this.#used.delete(trunk)) return;
    leavePath();
    trunk.clients.close();
  }
}

function keyOf(route: Route): string {
  const { as, service, path } = route;
  return JSON.stringify([as, service, path, carriageOf(route)]);
}
