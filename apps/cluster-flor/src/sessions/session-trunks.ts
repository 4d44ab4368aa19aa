import type { SessionServiceConfig } from "../config/cluster-config.ts";
import { isSame } from "../config/config-changes.ts";
import type { TrafficClass } from "@florenetes/forwarding";
import type { EndAccounts } from "../transport/datagrams/end-accounts.ts";
import type { FlowAccount } from "../transport/datagrams/flow-account.ts";
import type { StreamAccount } from "../transport/streams/stream-account.ts";
import type { Route } from "../transport/trunks.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";

/** The transport, as sessions lead over its trunks. */
export interface TrunkSource {
  join(route: Route): Trunk;
  leave(trunk: Trunk, route: Route): void;
}

/** The trunks of one service that a socket of sessions leads to: one for each class, made when the first stream of it is opened. */
export class SessionTrunks {
  readonly config: SessionServiceConfig;
  readonly accounts: { readonly streams: StreamAccount; readonly flows: FlowAccount };
  readonly #as: string;
  readonly #source: () => TrunkSource;
  readonly #trunks = new Map<TrafficClass, Trunk>();
  readonly #routes = new Map<Trunk, Route>();
  /** The one that was asked for last. */
  #newest: Trunk | undefined;

  /** @param as Folder of the identity that its streams are opened as. */
  constructor(config: SessionServiceConfig, as: string, accounts: EndAccounts, source: () => TrunkSource) {
    this.config = config;
    this.#as = as;
    this.accounts = { streams: accounts.streams, flows: accounts.flows! };
    this.#source = source;
    accounts.streams.connectWaitMs = config.connectWaitMs;
    accounts.streams.route = () => this.#newest?.options;
    accounts.streams.whyUnanswered = () => this.#handleTurnedAway();
  }

  /** The way for streams of this class. */
  of(trafficClass: TrafficClass): Trunk {
    let trunk = this.#trunks.get(trafficClass);
    if (trunk === undefined) {
      const { service, path, keepMs } = this.config;
      const route = { as: this.#as, service, path, trafficClass, keepMs };
      trunk = this.#source().join(route);
      this.#trunks.set(trafficClass, trunk);
      this.#routes.set(trunk, route);
    }
    return (this.#newest = trunk);
  }

  /** Takes the place of `former`: classes that `former` had trunks for get theirs at once, so that a trunk that both lead over goes on. */
  follow(former: SessionTrunks): void {
    for (const trafficClass of former.#trunks.keys()) this.of(trafficClass);
  }

  /** The socket leads there no more. Streams that are open go on. */
  leave(): void {
    for (const [trunk, route] of this.#routes) this.#source().leave(trunk, route);
    this.#routes.clear();
    this.#trunks.clear();
  }

  /** Whether it is this service of a socket that lends that folder's identity. */
  isFor(config: SessionServiceConfig, as: string): boolean {
    return as === this.#as && isSame(config, this.config);
  }

  /** Why workloads that come now reach nobody, by the first class for which that is known; "" where they do, or nobody has tried. */
  get unreached(): string {
    return this.#firstText((trunk) => trunk.absence.text);
  }

  /** A workload that had waited is turned away: says why, by the first class for which that is known. */
  #handleTurnedAway(): string {
    return this.#firstText((trunk) => trunk.absence.handleTurnedAway());
  }

  #firstText(textOf: (trunk: Trunk) => string): string {
    return [...this.all].map(textOf).find((text) => text !== "") ?? "";
  }

  get all(): Iterable<Trunk> {
    return this.#trunks.values();
  }
}
