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
}

/** The data thread, as the endpoint of one cluster orders it about. What happens to sessions there comes back as `LaneEvent`s. */
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
  /** undefined: as many bits per second as its path takes. */
  setRate(bitsPerSecond: number | undefined): void;
  setAddress(to: UdpAddress): void;
  /** Copies of what is sent go there as well, until they have so many bytes more. */
  addCopies(to: UdpAddress, bytes: number): void;
  /** Gives back a datagram that had come up before the thread had the session. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress): void;
  sendStream(bytes: Uint8Array): void;
  sendProbe(packet: Uint8Array): void;
  ping(): void;
  /** The peer is told; then `left` comes. */
  close(code: number, reason: string): void;
  /** No event of the session is told any more. */
  forget(): void;
  /** Waits for nobody, and may be asked for at any time. */
  counts(): LaneCounts;
  /** Waits for a turn of the thread. Since it was adopted; undefined: the thread does not know the session any more. */
  figures(): LaneFigures | undefined;
}

/** Packets of the mesh since the session was adopted, and those of QUIC since it began. */
export interface LaneCounts {
  readonly packetsSent: number;
  readonly quicPacketsSent: number;
  readonly quicPacketsReceived: number;
  readonly quicPacketsLost: number;
}

/** Figures of a session since it was adopted; those of QUIC since it began. */
export interface LaneFigures extends SessionFigures {
  /** By our clock. */
  readonly lastHeard: number;
}

export type LaneEvent =
  /** Bytes of the control stream. */
  | { readonly kind: "stream"; readonly bytes: Uint8Array }
  /** @see SessionProbes.handlePacket */
  | { readonly kind: "probe"; readonly packet: Uint8Array; readonly spreadMs: number | undefined }
  /** An acceptor's newest packets came from elsewhere than its peer's address, or from there again. */
  | { readonly kind: "newest"; readonly from: UdpAddress; readonly bytes: number }
  | { readonly kind: "congested"; readonly congestedClasses: number }
  /** Nothing was heard for `deadAfterMs`. */
  | { readonly kind: "silent" }
  /** The last words have left. */
  | { readonly kind: "left" }
  | (QuicEvent & { readonly kind: "closed" });
