import type { QuicConnection, QuicEvent } from "@florenetes/quic";
import type { UdpAddress } from "../../addresses/link-address.ts";
import type { SessionPlaneDrops } from "../session-plane.ts";
import type { SessionFigures } from "../../sessions/session-figures.ts";

/** A session that is up, as the data thread takes it over. */
export interface Adoption {
  readonly connection: QuicConnection;
  /** The connection ID of ours that leads to it. */
  readonly ownId: Uint8Array;
  readonly address: UdpAddress;
  /** Whether this end is the originator: packets of the session then count from `address` only. */
  readonly isOriginator: boolean;
  /** The UDP payload that is proven. */
  readonly payload: number;
  readonly probeKey: Uint8Array;
  readonly deadAfterMs: number;
  /** The pause between two signs of life of a quiet link; 0: the link is not quiet. */
  readonly quietMs: number;
}

/** The data thread, as the endpoint of one cluster gives it orders. What happens to sessions there comes back as `LaneEvent`s. */
export interface SessionLane {
  adopt(adoption: Adoption): LaneOrders;
  /** Datagrams and packets that were dropped there and belong to no session, by cause. */
  drops(): SessionPlaneDrops;
  /** How long the thread took to answer when it was asked for figures last. */
  readonly waitedMs: number;
}

/** Orders about one session, which are carried out one after the other. */
export interface LaneOrders {
  /** The number by which events name the session. */
  readonly session: number;
  /** Packets of the cluster vertex under the handle go to this session. */
  setRoute(handle: number): void;
  removeRoute(handle: number): void;
  /** Packets of the session go to the cluster vertex under the handle; 0: they are dropped. */
  setHandle(handle: number): void;
  /** Limits what the session sends; undefined: as many bits per second as its path takes. */
  setRate(bitsPerSecond: number | undefined): void;
  setAddress(to: UdpAddress): void;
  /** Sends copies of what is sent to this address as well, up to so many more bytes. */
  addCopies(to: UdpAddress, bytes: number): void;
  /** Gives the thread a datagram that came to this one before the session was handed over. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress): void;
  sendStream(bytes: Uint8Array): void;
  sendProbe(packet: Uint8Array): void;
  ping(): void;
  /** Closes the session. The peer is told, then the event `left` comes. */
  close(code: number, reason: string): void;
  /** Has events of the session ignored from now on. */
  forget(): void;
  /** Counts that may be read at any time, without waiting for the thread. */
  counts(): LaneCounts;
  /** Figures since the session was adopted; waits for a turn of the thread. Undefined: the thread does not know the session any more. */
  figures(): LaneFigures | undefined;
}

/** Counts of mesh packets since the session was adopted, and of QUIC packets since it began. */
export interface LaneCounts {
  readonly packetsSent: number;
  readonly quicPacketsSent: number;
  readonly quicPacketsReceived: number;
  readonly quicPacketsLost: number;
}

/** Figures of a session since it was adopted; figures of QUIC since it began. */
export interface LaneFigures extends SessionFigures {
  /** Monotonic milliseconds of this process. */
  readonly lastHeard: number;
}

export type LaneEvent =
  /** Bytes of the control stream. */
  | { readonly kind: "stream"; readonly bytes: Uint8Array }
  /** @see SessionProbes.handlePacket */
  | { readonly kind: "probe"; readonly packet: Uint8Array; readonly spreadMs: number | undefined }
  /** The newest packet at an acceptor came from another address than its peer's, or from that one again. */
  | { readonly kind: "newest"; readonly from: UdpAddress; readonly bytes: number }
  | { readonly kind: "congested"; readonly congestedClasses: number }
  /** Nothing was heard for `deadAfterMs` in which the peer owed a sign of life. */
  | { readonly kind: "silent" }
  /** The CONNECTION_CLOSE has left. */
  | { readonly kind: "left" }
  | (QuicEvent & { readonly kind: "closed" });
