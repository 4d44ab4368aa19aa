import type { TrafficClass } from "@florenetes/forwarding";
import type { ConnectionEnd, Refusal } from "../codes.ts";
import type { Hello } from "../messages.ts";
import type { Way } from "../packets/packet-sender.ts";
import type { Proof } from "../peers/principals.ts";
import type { PacketCounts } from "../routes/route-loss.ts";
import type { NodePressure } from "../vertex-messages.ts";
import type { ConnectionState } from "./connection-role.ts";

/** This vertex's end of an end-to-end connection. */
export interface EndConnection {
  readonly idHigh: number;
  readonly idLow: number;
  readonly startedAt: number;
  readonly state: ConnectionState;
  /** The connection takes no new streams, and closes when its last stream is over. */
  readonly isDraining: boolean;
  /** The principal and the certificates that this end has shown to its peer. */
  readonly own: Proof;
  /** The principal that the peer has proven to be, and by which certificates; undefined before the handshake is complete. */
  readonly peerProof: Proof | undefined;
  /** The proven principal, as `<kind>/<name>`. */
  readonly peer: string | undefined;
  /** Undefined before the peer's hello. */
  readonly peerHello: Hello | undefined;
  /** How loaded the peer says it is; undefined: it has said nothing yet. */
  readonly peerPressure: NodePressure | undefined;
  /** The out-link and labels that the connection's packets take. */
  readonly way: Way;
  /** Largest QUIC packet that it makes. */
  readonly payloadMax: number;
  /** The class of its packets; an acceptor's is that of the originator's hello. */
  readonly trafficClass: TrafficClass;
  /** The longer quiet of both ends' first links: while nothing is unanswered, neither end asks more often; 0: neither is quiet. */
  readonly quietMs: number;
  /** Streams that are relayed. */
  readonly streamsOpen: number;
  /** Whether any stream is relayed, or about to be. */
  readonly hasStreams: boolean;
  /** Packets that the connection's keys do not open (forged, changed), and duplicates. */
  readonly packetsIgnored: number;

  stats(now: number): ConnectionTraffic;
  /** Whether something that was sent has not been acknowledged yet, or may wait to be sent. */
  isInFlight(now: number): boolean;
  /** Handles a mesh packet for the connection, which came over that link. The payload is decrypted in place. */
  handlePacket(packet: Uint8Array, start: number, end: number, inLink: number, now: number): void;
  /** The first link is up again: what was lost meanwhile is repeated without waiting. */
  handleLinkUp(): void;
  /** An originator's packets go another way from now on, and the answers follow them; its streams go on. The caller knows whether
   *  the new way carries packets of that size. */
  relabel(way: Way): void;
  /** Both ends make smaller packets from now on: the path carries no larger ones any more. */
  shrink(payloadMax: number): void;
  /** Closes the connection when its streams have ended; the caller opens no more. */
  drain(): void;
  /** Sends a message on the control stream, while the connection is open. */
  tell(message: Uint8Array): void;
  /**
   * Ends the connection, and all its streams with a reset.
   *
   * @param cause "local" by default. "reset": another connection shows that the peer knows nothing of this one any more; streams that
   *   the peer cannot have seen are opened again on that other connection.
   */
  close(code: number, reason: string, now: number, cause?: ConnectionEnd["cause"]): void;
  /** Ends the connection. The peer is told the reason, but not the text. */
  closeFor(refusal: Refusal, now: number): void;
  /** Tells the peer once more that the connection is closed: it may have missed that, and cannot be told later. */
  repeatClose(): void;
}

export interface ConnectionTraffic extends PacketCounts {
  /** See `EndConnection`. */
  readonly quietMs: number;
  readonly rttMs: number;
  /** How long ago the last authenticated packet of the peer came, as far as is known: not every packet is looked at. */
  readonly silentMs: number;
  /** For how long the peer has been asked without an answer; 0: nothing is unanswered. */
  readonly unansweredMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
