import type {
  NativeAccountFigures,
  NativeClusterEvent,
  NativeEndEvent,
  NativeEndFigures,
  NativeStreamOver,
} from "@florenetes/data-plane";
import type { DatagramAddress, ServiceTarget } from "@florenetes/config-file";
import type { Counts } from "@florenetes/process-kit";
import type { QuicConnection } from "@florenetes/quic";
import type { LaneStreams } from "./lane-streams.ts";
import type { ListenOptions, Listener } from "../../streams/local-network.ts";
import type { Carriage } from "../../messages.ts";
import type { Way } from "../../packets/packet-sender.ts";

/** A connection whose peer has said hello, in the form in which the data thread takes it over: of a trunk, or of a service. */
export interface EndAdoption extends Carriage {
  /** A new number, which no other connection has had. */
  readonly connection: number;
  readonly quic: QuicConnection;
  readonly idHigh: number;
  readonly idLow: number;
  readonly trunk: number | undefined;
  readonly service: number | undefined;
  readonly way: Way;
  readonly payloadMax: number;
  readonly isDraining: boolean;
  /** Bytes of control messages that wait for credit. */
  readonly controlUnsent: Uint8Array;
  /** The bytes that the service's target gets before those of each stream, if it is told the caller's principal. */
  readonly targetPrefix: Uint8Array;
  /** The principal of the peer. */
  readonly peer: string;
  readonly quietMs: number;
}

/** The terms on which a service is served. */
export interface LaneServing {
  /** How long a flow of datagrams may be silent before it ends; undefined: the service takes no flows. */
  readonly flowIdleMs: number | undefined;
  /** Whether the target is first told the caller's principal. */
  readonly tellsPrincipal: boolean;
  /** Whether the service refuses new streams. */
  readonly isStopped: boolean;
}

/**
 * The orders of the transport service to the data thread. Trunks, connections and accounts of this process get new numbers from
 * the transport service; tunnels and services have those of the config. Events of the thread come back as `TransportLaneEvent`s.
 */
export interface TransportLane {
  adopt(adoption: EndAdoption): void;
  /** Passes down a packet that came up before its connection was handed over. */
  deliverPacket(inLink: number, service: number | undefined, packet: Uint8Array): void;
  sendControl(connection: number, bytes: Uint8Array): void;
  /** Gives an originator's connection another way from now on. */
  setWay(connection: number, way: Way): void;
  shrink(connection: number, payloadMax: number): void;
  drain(connection: number): void;
  /** @param isRepeated Whether the end is repeated until the peer should have received it. */
  close(connection: number, code: number, reason: string, isRepeated: boolean): void;
  /** Ends a connection whose peer was restarted: streams that the peer cannot have seen are opened on another connection. */
  abandon(connection: number, code: number, reason: string): void;
  repeatClose(connection: number): void;
  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(tunnel: number, trunk: number, options: Omit<ListenOptions, "onConnection">): Promise<Listener>;
  /** Listens for a tunnel of datagrams, and rejects in the same way. */
  listenDatagrams(tunnel: number, trunk: number, address: DatagramAddress): Promise<Listener>;
  setCurrent(trunk: number, connection: number | undefined): void;
  /** Names the connections that streams are opened on where the current one has no room, in their order. `setCurrent` follows. */
  setBeside(trunk: number, connections: readonly number[]): void;
  /** Makes workloads wait although the trunk has this connection: they get streams on it only when no more may wait. */
  hold(trunk: number, connection: number): void;
  refuseWaiting(trunk: number, code: number, text: string): void;
  /**
   * Sets how long new workloads of an account wait at most. 0: they do not wait at all while the far end is known to be
   * out of reach.
   */
  setConnectWait(account: number, waitMs: number): void;
  /** Tells whether attempts fail, while a trunk has no connection. */
  setUnreachable(trunk: number, isUnreachable: boolean): void;
  /** Moves new and waiting clients of a tunnel to another trunk from now on; open streams stay where they are. */
  leadTunnel(tunnel: number, trunk: number): void;
  /** Moves streams and flows of this process that wait for one trunk to another, those of one account; open ones stay where they are. */
  leadOwn(account: number, former: number, trunk: number): void;
  setService(service: number, target: ServiceTarget, serving: LaneServing): void;
  /** Lets this process serve a service: its streams and flows come to `streams`. */
  setOwnService(service: number, serving: LaneServing): void;
  /** Lets a service be served until then, in milliseconds of the clock that goes on while the machine is suspended; undefined: always. */
  setGrant(service: number, until: number | undefined): void;
  /** The service has stopped: its number is free again. */
  forgetService(service: number): void;
  /** The account gets no new streams or flows: its tunnel has stopped listening, or this process opens none for it any more. */
  forgetAccount(account: number): void;
  /** The trunk has no connection, and no workload waits for one. */
  forgetTrunk(trunk: number): void;
  /** Streams and flows whose workload is this process. */
  readonly streams: LaneStreams;
  /** The present figures, or those of a moment ago. */
  figures(): TransportLaneFigures;
  /** How long the thread took to answer the last question for figures. */
  readonly waitedMs: number;
}

export interface TransportLaneFigures {
  readonly connections: ReadonlyMap<number, NativeEndFigures>;
  readonly accounts: readonly NativeAccountFigures[];
  /** Streams that ended without an access record. */
  readonly streamsUntold: number;
  readonly memoryHeld: number;
  /** Connections of workloads. */
  readonly workloads: number;
  /** The share of the file descriptors for workloads that is in use: from 0 to 1. */
  readonly filesTaken: number;
  /** Packets that the thread has dropped, by the names of `TransportDrops`. */
  readonly drops: Counts;
}

/** Events of workloads and connections, from the thread to the transport service. */
export type TransportLaneEvent =
  | Extract<NativeClusterEvent, { readonly kind: "waiting" | "used" | "refused" }>
  | NativeStreamOver
  | NativeEndEvent;
