import type { Counts, PressureLoads } from "@florenetes/process-kit";
import type { EndConnection } from "../connections/end-connection.ts";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { DatagramNetwork } from "../datagrams/datagram-network.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { TransportLimits } from "../limits.ts";
import type { ServiceGrants } from "../service-grants.ts";
import type { ServedService, Serving } from "../services/serving.ts";
import type { ServiceEnd } from "../services/service-end.ts";
import type { AccessSink } from "../streams/access-sink.ts";
import type { LocalNetwork } from "../streams/local-network.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { Sleeper } from "../turns.ts";
import type { Trunk } from "../tunnels/trunk.ts";
import type { ClientsOwner, TrunkClients } from "../tunnels/trunk-clients.ts";

/**
 * The transport service's part of a data plane: carries the connections that the service has let in, and holds the
 * workloads at their ends. The service decides, and never asks which plane this is; optional features of a plane are
 * properties of the parts that it makes (`TrunkClients.areServedLate`).
 */
export interface TransportPlane {
  /** Makes the part that holds the workloads of a trunk. */
  clientsOf(owner: ClientsOwner): TrunkClients;
  /** Makes the part that serves the streams of a service. */
  servingOf(service: ServedService): Serving;
  /**
   * Takes over a connection after both ends have said hello. No stream of it was read before.
   *
   * @returns The end that stands for the connection from now on
   */
  carry(connection: EngineConnection, role: Trunk | ServiceEnd): EndConnection;
  /** A tunnel has stopped listening, or no more streams are counted by these accounts. */
  forgetAccounts(accounts: EndAccounts): void;
  /**
   * Has all accounts know what it has counted.
   *
   * @returns Packets that it has thrown away, and that were not counted by the transport service, by the names of `TransportDrops`
   */
  refreshCounts(): Counts;
  /** Bytes of streams that wait in this process. */
  readonly bytesHeld: number;
  /** The plane's loads; to be asked once a second. */
  loads(now: number): PressureLoads;
}

/** The transport service, as its plane sees it. */
export interface TransportPlaneHost {
  readonly limits: TransportLimits;
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  readonly budget: MemoryBudget;
  /** Gets streams that are over; undefined: no records are wanted. */
  readonly access: AccessSink | undefined;
  /** The resource that one more stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
  /** Monotonic. */
  readonly now: () => number;
  /** To be checked before bytes pass that have waited for this process. */
  readonly grants: Pick<ServiceGrants, "check">;
  /** Calls a function in a turn of its own. */
  readonly soon: (call: () => void) => void;
  /** Calls the sleeper's `handleTimeout` at the deadline. */
  setDeadline(sleeper: Sleeper, deadline: number): void;
  /** A connection that was handed over is gone. */
  handleGone(connection: EndConnection): void;
}

/** Makes the plane of a transport service. */
export type OpenTransportPlane = (host: TransportPlaneHost) => TransportPlane;
