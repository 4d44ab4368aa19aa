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

/** A connection whose peer has said hello, as the data thread takes it over: of a trunk, or of a service. */
export interface EndAdoption extends Carriage {
  /** No other connection has had it. */
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
  /** The bytes that the service's target gets before all others of a stream, if it is told who has connected. */
  readonly targetPrefix: Uint8Array;
  /** The principal of the peer. */
  readonly peer: string;
}

/** How a service is served. */
export interface LaneServing {
  /** The service takes flows of datagrams, which end when nothing has passed for so long. Undefined: it takes none. */
  readonly flowIdleMs: number | undefined;
  /** Its target is told first who has connected. */
  readonly tellsPrincipal: boolean;
  /** The service takes no more streams. */
  readonly isStopped: boolean;
}

/**
 * The orders that the transport service gives to the data thread. Trunks, connections and accounts of this process get new numbers from the
 * transport service; tunnels and services have those of the config. What happens in the thread comes back as `TransportLaneEvent`s.
 */
export interface TransportLane {
  adopt(adoption: EndAdoption): void;
  /** A packet that came up before its connection was handed over. */
  deliverPacket(inLink: number, service: number | undefined, packet: Uint8Array): void;
  sendControl(connection: number, bytes: Uint8Array): void;
  /** Packets of an originator's connection go another way from now on. */
  setWay(connection: number, way: Way): void;
  shrink(connection: number, payloadMax: number): void;
  drain(connection: number): void;
  /** @param isRepeated Whether the end is told again and again until the peer should have heard it. */
  close(connection: number, code: number, reason: string, isRepeated: boolean): void;
  /** Ends a connection whose peer was restarted since: streams that the peer cannot have seen are opened on another connection. */
  abandon(connection: number, code: number, reason: string): void;
  repeatClose(connection: number): void;
  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(tunnel: number, trunk: number, options: Omit<ListenOptions, "onConnection">): Promise<Listener>;
  /** Listens for a tunnel of datagrams, and rejects in the same way. */
  listenDatagrams(tunnel: number, trunk: number, address: DatagramAddress): Promise<Listener>;
  setCurrent(trunk: number, connection: number | undefined): void;
  /** Holds workloads back although the trunk has this connection: they get streams on it when there is no room for one more to wait. */
  hold(trunk: number, connection: number): void;
  refuseWaiting(trunk: number, code: number, text: string): void;
  /** New workloads of an account wait so long at most. 0: they do not wait at all while the far end is known to be out of reach. */
  setConnectWait(account: number, waitMs: number): void;
  /** Says whether attempts fail, while a trunk has no connection. */
  setUnreachable(trunk: number, isUnreachable: boolean): void;
  /** New clients of a tunnel, and those that wait, go over another trunk from now on; open streams stay where they are. */
  leadTunnel(tunnel: number, trunk: number): void;
  setService(service: number, target: ServiceTarget, serving: LaneServing): void;
  /** Has a service served by this process: its streams and flows come to `streams`. */
  setOwnService(service: number, serving: LaneServing): void;
  /** The service has stopped, and its number is free again. */
  forgetService(service: number): void;
  /** The account gets no new streams or flows: its tunnel has stopped listening, or this process opens none for it any more. */
  forgetAccount(account: number): void;
  /** The trunk has no connection, and no workload waits for one. */
  forgetTrunk(trunk: number): void;
  /** After so many streams a connection should have a successor, from now on. */
  setStreamsPerConnection(streams: number): void;
  /** Streams and flows whose workload is this process. */
  readonly streams: LaneStreams;
  /** Figures of now, or of a moment ago. */
  figures(): TransportLaneFigures;
  /** How long the thread took to answer when it was asked for figures last. */
  readonly waitedMs: number;
}

export interface TransportLaneFigures {
  readonly connections: ReadonlyMap<number, NativeEndFigures>;
  readonly accounts: readonly NativeAccountFigures[];
  /** Streams that are over without an access record. */
  readonly streamsUntold: number;
  readonly memoryHeld: number;
  /** Connections of workloads. */
  readonly workloads: number;
  /** The share of the file descriptors for workloads that is taken: from 0 to 1. */
  readonly filesTaken: number;
  /** Packets that the thread has dropped, by the names of `TransportDrops`. */
  readonly drops: Counts;
}

/** Events of workloads and connections, from the thread to the transport service. */
export type TransportLaneEvent =
  | Extract<NativeClusterEvent, { readonly kind: "waiting" | "used" | "refused" }>
  | NativeStreamOver
  | NativeEndEvent;
