import type { Counts, PressureLoads } from "@florenetes/process-kit";
import type { EndConnection } from "../connections/end-connection.ts";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { DatagramNetwork } from "../datagrams/datagram-network.ts";
import type { EndAccounts } from "../datagrams/end-accounts.ts";
import type { TransportLimits } from "../limits.ts";
import type { ServedService, Serving } from "../services/serving.ts";
import type { ServiceEnd } from "../services/service-end.ts";
import type { AccessSink } from "../streams/access-sink.ts";
import type { LocalNetwork } from "../streams/local-network.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { Sleeper } from "../turns.ts";
import type { Trunk } from "../tunnels/trunk.ts";
import type { ClientsOwner, TrunkClients } from "../tunnels/trunk-clients.ts";

/**
 * The transport service's part of a data plane: it carries the connections that the service has let in, and has the workloads at their ends.
 * The service decides, and asks no plane which one it is; features that a plane may leave out are properties of what it makes
 * (`TrunkClients.areServedLate`).
 */
export interface TransportPlane {
  /** Makes what the workloads of a trunk come to. */
  clientsOf(owner: ClientsOwner): TrunkClients;
  /** Makes what the streams of a service go to. */
  servingOf(service: ServedService): Serving;
  /**
   * Takes a connection over, whose ends have both said hello. No stream of it was read here.
   *
   * @returns The end that stands for the connection from now on
   */
  carry(connection: EngineConnection, role: Trunk | ServiceEnd): EndConnection;
  /** A tunnel does not listen any more, or nothing is opened any more that is counted by these. */
  forgetAccounts(accounts: EndAccounts): void;
  /** After another number of streams, which is in the limits, a connection should have a successor. */
  handleShare(): void;
  /** Has all accounts know what it has counted. */
  refreshCounts(): void;
  /** Packets that it has thrown away, and that were not counted by the transport service, by the names of `TransportDrops`. */
  readonly drops: Counts;
  /** Bytes of streams that wait in this process. */
  readonly bytesHeld: number;
  /** How near it is to its limits; to be asked once a second. */
  loads(now: number): PressureLoads;
}

/** The transport service, as its plane needs it. */
export interface TransportPlaneHost {
  readonly limits: TransportLimits;
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  readonly budget: MemoryBudget;
  /** Hears of streams that are over; undefined: nobody wants to know. */
  readonly access: AccessSink | undefined;
  /** Which resource a further stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
  /** Monotonic. */
  readonly now: () => number;
  /** Calls in a turn of its own. */
  readonly soon: (call: () => void) => void;
  /** Calls `handleTimeout` then. */
  setDeadline(sleeper: Sleeper, deadline: number): void;
  /** A connection that was handed over is gone. */
  handleGone(connection: EndConnection): void;
}

/** Makes the plane of a transport service. */
export type OpenTransportPlane = (host: TransportPlaneHost) => TransportPlane;
