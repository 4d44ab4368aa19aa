import type { SessionServiceConfig } from "../config/cluster-config.ts";
import { isSame } from "../config/config-changes.ts";
import type { TrafficClass } from "@florenetes/forwarding";
import type { EndAccounts } from "../transport/datagrams/end-accounts.ts";
import type { FlowAccount } from "../transport/datagrams/flow-account.ts";
import type { StreamAccount } from "../transport/streams/stream-account.ts";
import type { TrunkUse } from "../transport/trunks.ts";
import type { TrunkClients } from "../transport/tunnels/trunk-clients.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";

/** The transport, as the source of trunks for sessions. */
export interface TrunkSource {
  join(use: TrunkUse): Trunk;
  leave(trunk: Trunk, use: TrunkUse): void;
}

/** The trunks of one service of a socket of sessions: one for each class, made when the first stream of that class is opened. */
export class SessionTrunks {
  readonly config: SessionServiceConfig;
  readonly accounts: { readonly streams: StreamAccount; readonly flows: FlowAccount };
  /** Counts the streams and flows that went to the standby host of the service as the host in use was silent. */
  standbyStreams = 0;
  readonly #as: string;
  readonly #source: () => TrunkSource;
  readonly #trunks = new Map<TrafficClass, Trunk>();
  readonly #uses = new Map<Trunk, TrunkUse>();
  /** The trunk that was last asked for. */
  #newest: Trunk | undefined;

  /** @param as Folder of the identity with which its streams are opened. */
  constructor(config: SessionServiceConfig, as: string, accounts: EndAccounts, source: () => TrunkSource) {
    this.config = config;
    this.#as = as;
    this.accounts = { streams: accounts.streams, flows: accounts.flows! };
    this.#source = source;
    accounts.streams.connectWaitMs = config.connectWaitMs;
    accounts.streams.route = () => (this.#newest?.standby ?? this.#newest)?.options;
    accounts.streams.whyUnanswered = () => this.#handleTurnedAway();
  }

  of(trafficClass: TrafficClass): Trunk {
    let trunk = this.#trunks.get(trafficClass);
    if (trunk === undefined) {
      const { service, path, keepMs } = this.config;
      const use = { as: this.#as, service, path, trafficClass, keepMs };
      trunk = this.#source().join(use);
      this.#trunks.set(trafficClass, trunk);
      this.#uses.set(trunk, use);
    }
    return (this.#newest = trunk);
  }

  /** The clients that one more stream or flow of the class joins: those of the trunk, or of its standby while the host in use is silent. */
  clientsFor(trafficClass: TrafficClass): TrunkClients {
    const trunk = this.of(trafficClass);
    if (trunk.standby === undefined) return trunk.clients;
    this.standbyStreams++;
    return trunk.standby.clients;
  }

  /**
   * Replaces `former`, which has the same accounts: classes with a trunk there get their trunk at once, so that a trunk of both goes on. Workloads that
   * wait for a trunk of `former` alone come along, unless they would get another principal.
   */
  follow(former: SessionTrunks): void {
    this.standbyStreams = former.standbyStreams;
    for (const [trafficClass, before] of former.#trunks) {
      const trunk = this.of(trafficClass);
      if (trunk !== before && this.#as === former.#as) this.#follow(trunk, [before, before.standby]);
    }
  }

  /** New streams of a trunk go over its `standby`, or over itself again: those that wait at `former`, over which they went until then, come along. */
  handleTurned(trunk: Trunk, former: Trunk): void {
    if (this.#uses.has(trunk)) this.#follow(trunk, [former]);
  }

  #follow(trunk: Trunk, formers: readonly (Trunk | undefined)[]): void {
    const to = trunk.standby ?? trunk;
    for (const from of formers) {
      if (from !== undefined && from !== to) to.clients.addOwn(from.clients.takeOwn(this.accounts.streams));
    }
  }

  /** The socket has left the service. Open streams go on. */
  leave(): void {
    for (const [trunk, use] of this.#uses) this.#source().leave(trunk, use);
    this.#uses.clear();
    this.#trunks.clear();
  }

  /** Whether these are the trunks of this service, with that folder's identity. */
  isFor(config: SessionServiceConfig, as: string): boolean {
    return as === this.#as && isSame(config, this.config);
  }

  /** Why new workloads cannot reach the service now, by the first class for which that is known; "" when they can, or none has tried. */
  get unreached(): string {
    return this.#firstText((trunk) => trunk.absence.text);
  }

  /** Connections of all classes beside the first one of their class. */
  get connectionsBeside(): number {
    return [...this.all].reduce((sum, { rooms }) => sum + rooms.connectionsBeside, 0);
  }

  /** How often workloads of a class had to wait because none of its connections had room for one more stream. */
  get streamsUsedUp(): number {
    return [...this.all].reduce((sum, { rooms }) => sum + rooms.streamsUsedUp, 0);
  }

  /** A waiting workload is refused: returns why, by the first class for which that is known. */
  #handleTurnedAway(): string {
    return this.#firstText((trunk) => trunk.absence.handleTurnedAway());
  }

  #firstText(textOf: (trunk: Trunk) => string): string {
    return [...this.all].map((trunk) => textOf(trunk.standby ?? trunk)).find((text) => text !== "") ?? "";
  }

  get all(): Iterable<Trunk> {
    return this.#trunks.values();
  }
}
