import type { SessionServiceConfig } from "../config/cluster-config.ts";
import type { TrafficClass } from "@florenetes/labels";
import type { EndAccounts } from "../transport/datagrams/end-accounts.ts";
import type { FlowAccount } from "../transport/datagrams/flow-account.ts";
import type { StreamAccount } from "../transport/streams/stream-account.ts";
import type { Route } from "../transport/trunks.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";

/** The trunks of one service that a socket of sessions leads to: one for each class, made when the first stream of it is opened. */
export class SessionTrunks {
  readonly config: SessionServiceConfig;
  readonly accounts: { readonly streams: StreamAccount; readonly flows: FlowAccount };
  readonly #as: string;
  readonly #join: (route: Route) => Trunk;
  readonly #trunks = new Map<TrafficClass, Trunk>();

  /** @param as Folder of the identity that its streams are opened as. */
  constructor(config: SessionServiceConfig, as: string, accounts: EndAccounts, join: (route: Route) => Trunk) {
    this.config = config;
    this.#as = as;
    this.accounts = { streams: accounts.streams, flows: accounts.flows! };
    this.#join = join;
  }

  /** The way for streams of this class. */
  of(trafficClass: TrafficClass): Trunk {
    let trunk = this.#trunks.get(trafficClass);
    if (trunk === undefined) {
      const { service, path, keepMs } = this.config;
      trunk = this.#join({ as: this.#as, service, path, trafficClass, keepMs });
      this.#trunks.set(trafficClass, trunk);
    }
    return trunk;
  }

  /** Those that there are. */
  get all(): Iterable<Trunk> {
    return this.#trunks.values();
  }
}
