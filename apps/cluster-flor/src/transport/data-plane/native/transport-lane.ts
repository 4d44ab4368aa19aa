import type {
  NativeAccountFigures,
  NativeClusterEvent,
  NativeEndEvent,
  NativeEndFigures,
  NativeStreamOver,
} from "@florenetes/data-plane";
import type { DatagramAddress, ServiceTarget } from "@florenetes/config-file";
import type { TrafficClass } from "@florenetes/forwarding";
import type { Counts } from "@florenetes/process-kit";
import type { QuicConnection } from "@florenetes/quic";
import type { LaneStreams } from "./lane-streams.ts";
import type { ListenOptions, Listener } from "../../streams/local-network.ts";
import type { Way } from "../../packets/packet-sender.ts";

/** A connection whose peer has said hello, as the data thread takes it over: of a trunk, or of a service. */
export interface EndAdoption {
  /** No other connection has had it. */
  readonly connection: number;
  readonly quic: QuicConnection;
  readonly idHigh: number;
  readonly idLow: number;
  readonly trunk: number | undefined;
  readonly service: number | undefined;
  readonly way: Way;
  readonly payloadMax: number;
  readonly trafficClass: TrafficClass;
  /** Its datagrams are not cut. */
  readonly isUncut: boolean;
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
 * The data thread, as the transport service orders it about. Trunks, connections and accounts of this process have numbers of our choice, which no others have had; tunnels and services
 * have those of the config. What happens there comes back as `TransportLaneEvent`s.
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
  /** Ends a connection whose peer was restarted since: streams that nobody can have seen are opened on another one. */
  abandon(connection: number, code: number, reason: string): void;
  repeatClose(connection: number): void;
  /** Rejects with OperatorError when the address cannot be listened on. */
  listen(tunnel: number, trunk: number, options: Omit<ListenOptions, "onConnection">): Promise<Listener>;
  /** Does so for a tunnel of datagrams. */
  listenDatagrams(tunnel: number, trunk: number, address: DatagramAddress): Promise<Listener>;
  setCurrent(trunk: number, connection: number | undefined): void;
  /** Workloads wait, though there is this connection: they get streams on it when one more could not wait. */
  hold(trunk: number, connection: number): void;
  refuseWaiting(trunk: number, code: number, text: string): void;
  /** Workloads of an account that come from now on wait so long. 0: not at all where nobody is reached, as far as is known. */
  setConnectWait(account: number, waitMs: number): void;
  /** Whether attempts at a connection fail, where a trunk has none. */
  setUnreachable(trunk: number, isUnreachable: boolean): void;
  /** The clients of a tunnel go over another trunk from now on, those too that wait; their streams stay where they are. */
  leadTunnel(tunnel: number, trunk: number): void;
  setService(service: number, target: ServiceTarget, serving: LaneServing): void;
  /** Does so for one of this process, whose streams are `streams`'. */
  setOwnService(service: number, serving: LaneServing): void;
  /** The service has stopped, and its number is nobody's any more. */
  forgetService(service: number): void;
  /** A tunnel does not listen any more, or nobody opens streams that are counted by that account. */
  forgetAccount(account: number): void;
  /** The trunk has no connection, and no workload waits for one. */
  forgetTrunk(trunk: number): void;
  /** After so many streams a connection should have a successor, from now on. */
  setStreamsPerConnection(streams: number): void;
  /** Streams and flows whose workload is this process. */
  readonly streams: LaneStreams;
  /** Figures of now, or of a moment ago. */
  figures(): TransportLaneFigures;
  /** How long the thread took to answer when it was asked for them last. */
  readonly waitedMs: number;
}

export interface TransportLaneFigures {
  readonly connections: ReadonlyMap<number, NativeEndFigures>;
  readonly accounts: readonly NativeAccountFigures[];
  /** Streams that were over, of which nobody was told. */
  readonly streamsUntold: number;
  readonly memoryHeld: number;
  /** Connections of workloads. */
  readonly workloads: number;
  /** File descriptors for them that are taken: 0 is none, 1 is all. */
  readonly filesTaken: number;
  /** Packets that were thrown away there, by the names of `TransportDrops`. */
  readonly drops: Counts;
}

/** The thread tells the transport service of workloads, and of connections. */
export type TransportLaneEvent =
  | Extract<NativeClusterEvent, { readonly kind: "waiting" | "used" | "refused" }>
  | NativeStreamOver
  | NativeEndEvent;
