import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import type { ConnectionEnd, Refusal } from "../codes.ts";
import type { DatagramDrops } from "../datagrams/flow-account.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { TransportLimits } from "../limits.ts";
import type { HandshakeTerms } from "./handshake-pace.ts";
import type { Hello } from "../messages.ts";
import type { PacketPlace } from "../packets/packet-sender.ts";
import type { TrafficClass } from "@florenetes/forwarding";
import type { Proof } from "../peers/principals.ts";
import type { OpeningConnection, OpeningStreams } from "../streams/opening-streams.ts";
import type { Sleeper } from "../turns.ts";
import type { StreamRelay } from "../streams/stream-relay.ts";
import type { AccessSink } from "../streams/access-sink.ts";
import type { ChunkBuffer } from "../streams/relay-host.ts";

/**
 *     handshaking ──established, peer verified──▶ open ──close()──▶ closing ──1 s──▶ gone
 *          └─────────────── refused, silent, closed by the peer, reset ───▶┘
 */
export type ConnectionState = "handshaking" | "open" | "closing" | "gone";

/** The transport service around connections, and what they share. `Connection` is the type that it calls them by. */
export interface ConnectionHost<Connection> {
  readonly origin: PacketOrigin;
  readonly limits: TransportLimits;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  /** Hears of streams that are over; undefined: nobody wants to know. */
  readonly access?: AccessSink | undefined;
  /** Which resource a further stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
  /** HELLO of this vertex, for one of its principals towards a peer's: both as `<kind>/<name>`. */
  helloFor(own: string, peer: string, trafficClass: TrafficClass, isUncut: boolean): Uint8Array;
  /** Packets are made here. */
  readonly out: Uint8Array;
  /** Calls `process` before long. */
  mark(connection: Connection): void;
  /** Calls `process` when the link takes packets again. */
  waitForLink(connection: Connection, link: number): void;
  /** Calls `handleTimeout` then. */
  setDeadline(sleeper: Sleeper, deadline: number): void;
  /** Both ends have said hello, and no stream was read yet: whoever carries connections takes this one over. */
  handleGreeted(connection: Connection, now: number): void;
  /** Lets go of it: from now on packets for it are those of a stranger. */
  forget(connection: Connection): void;
}

/** The two kinds of ends, originator and acceptor, differ in these. */
export interface ConnectionRole<Connection> {
  /** An acceptor looks at no stream before the hello. In the handshake it sends nothing out of itself, so that a forged
   *  first packet draws no more than QUIC lets it. */
  readonly isAcceptor: boolean;
  /** Whether the peer's death matters soon though the connection that would tell of it has no streams. */
  readonly isWatchful: boolean;
  /** Counts the datagrams of its connections that are for no flow. */
  readonly datagramDrops: DatagramDrops;
  /** The streams that the peer opens on a connection which begins; undefined: it may open none. */
  acceptStreams(connection: Connection, streams: OpeningConnection): OpeningStreams | undefined;
  /** The handshake is complete: whom the peer has proven to be, or why it may not be here. */
  handleEstablished(connection: Connection, now: number): Proof | Refusal;
  handleHello(connection: Connection, hello: Hello, now: number): Refusal | undefined;
  /** The peer has reset a stream that was relayed. */
  handleReset(connection: Connection, relay: StreamRelay): void;
  /** The peer would like a connection in the place of this one. */
  handleRenewal(connection: Connection, now: number): void;
  /** The peer has said how loaded it is. */
  handlePressure(connection: Connection, now: number): void;
  /**
   * Does the path carry its packets? Originators are asked: they look after the path.
   *
   * @param byEnd An end asks, whose packets come marked or are not answered. False: a link has marked a packet on its way.
   */
  handleSizeDoubt(connection: Connection, byEnd: boolean, now: number): void;
  /** The connection has ended, for whatever reason; called once. */
  handleClosed(connection: Connection, end: ConnectionEnd, now: number): void;
}

export interface ConnectionPlace extends PacketPlace {
  /** The principal and the certificates that this end shows to its peer. */
  readonly own: Proof;
  /** An originator's: whether datagrams are not cut. An acceptor learns it by the hello. */
  readonly isUncut: boolean;
  readonly handshake?: HandshakeTerms;
}
