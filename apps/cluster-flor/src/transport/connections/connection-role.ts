import type { PacketOrigin } from "../../forwarding/interfaces.ts";
import type { ConnectionEnd, Refusal } from "../codes.ts";
import type { DatagramDrops } from "../datagrams/flow-account.ts";
import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { TransportLimits } from "../limits.ts";
import type { HandshakeTerms } from "./handshake-pace.ts";
import type { Hello, HelloTerms } from "../messages.ts";
import type { PacketPlace } from "../packets/packet-sender.ts";
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
  /** Hears of streams that are over; undefined: no access records are kept. */
  readonly access?: AccessSink | undefined;
  /** The resource that is used up, so that no further stream may be opened, in words for people; undefined: none is. */
  readonly shortage: string | undefined;
  /** HELLO of this vertex, for one of its principals towards a peer's: both as `<kind>/<name>`. */
  helloFor(own: string, peer: string, terms: HelloTerms): Uint8Array;
  /** Packets are made here. */
  readonly out: Uint8Array;
  /** Calls `process` before long. */
  mark(connection: Connection): void;
  /** Calls `process` when the link takes packets again. */
  waitForLink(connection: Connection, link: number): void;
  /** Calls `handleTimeout` then. */
  setDeadline(sleeper: Sleeper, deadline: number): void;
  /** Both ends have said hello, and no stream was read yet: the data plane takes the connection over. */
  handleGreeted(connection: Connection, now: number): void;
  /** Forgets the connection: from now on its packets belong to no connection. */
  forget(connection: Connection): void;
}

/** The differences between the two kinds of ends, originator and acceptor. */
export interface ConnectionRole<Connection> {
  /** An acceptor reads no stream before the hello. In the handshake it sends nothing unasked, so that a forged first packet
   *  draws no larger answer than QUIC permits. */
  readonly isAcceptor: boolean;
  /** Whether the peer's death must be noticed soon although the connection has no streams. */
  readonly isWatchful: boolean;
  /** Counts the datagrams of its connections that are for no flow. */
  readonly datagramDrops: DatagramDrops;
  /** Makes what accepts the streams that the peer opens on a new connection; undefined: the peer may open none. */
  acceptStreams(connection: Connection, streams: OpeningConnection): OpeningStreams | undefined;
  /** The handshake is complete. Returns the principal that the peer has proven to be, or why it is refused. */
  handleEstablished(connection: Connection, now: number): Proof | Refusal;
  handleHello(connection: Connection, hello: Hello, now: number): Refusal | undefined;
  /** The peer has reset a stream that was relayed. */
  handleReset(connection: Connection, relay: StreamRelay): void;
  /** The peer asks for a successor of this connection. */
  handleRenewal(connection: Connection, now: number): void;
  /** The peer has said how loaded it is. */
  handlePressure(connection: Connection, now: number): void;
  /**
   * The path may not carry the connection's packets. Only an originator acts on it: it looks after the path's size.
   *
   * @param byEnd An end doubts, since its packets come marked or are not answered. False: a link has marked a packet on its way.
   */
  handleSizeDoubt(connection: Connection, byEnd: boolean, now: number): void;
  /** An originator's peer owes an answer and says nothing at all. Called once until `handleAnswered`, long before `handleUnanswered`. */
  handleSilent(connection: Connection, now: number): void;
  /** Nothing that an originator has sent was acknowledged for so long that its peer counts as unreachable. Called once until `handleAnswered`. */
  handleUnanswered(connection: Connection, unansweredMs: number, now: number): void;
  /** The peer has acknowledged something after `handleSilent` or `handleUnanswered`, or the first packets that took another way. */
  handleAnswered(connection: Connection, now: number): void;
  /** The peer of an originator allows more streams, after `isRoomAwaited` was set. */
  handleRoom(): void;
  /** The connection has ended, for whatever reason; called once. */
  handleClosed(connection: Connection, end: ConnectionEnd, now: number): void;
}

export interface ConnectionPlace extends PacketPlace {
  /** The principal and the certificates that this end shows to its peer. */
  readonly own: Proof;
  readonly handshake?: HandshakeTerms;
}
