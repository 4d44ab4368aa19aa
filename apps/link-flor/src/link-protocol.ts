import type { CertificateId, RevocationLists } from "@florenetes/identity";
import type { TrafficClassName } from "@florenetes/forwarding";
import type { Knock, LinkKey, LinkStats, LinkStatus, LinkWish } from "@florenetes/portal-api";
import type { Counts, PressureLoads } from "@florenetes/process-kit";
import type { ClusterPlane } from "./cluster-plane.ts";
import type { LinkClassCounts } from "./link-class-counts.ts";
import type { LinkTraffic } from "./link-traffic.ts";

/**
 * The interface between the portal side of a link vertex and a protocol that carries datagrams to neighbours. A second link
 * protocol is a second folder beside quic-link/ that implements these two interfaces; nothing else knows how a link works.
 *
 * Links belong to (peer, tag). A wish is kept until it is taken back: attempts, time limits and the way back to up are the
 * protocol's own. Whatever a peer sends, no call throws.
 */
export interface LinkProtocol {
  /** The protocol's name, which cluster vertices are told: some use links of one protocol alone. */
  readonly name: string;
  /** Largest packet that a link of this protocol ever carries, in bytes. */
  readonly packetSizeMax: number;
  /** Binds what the cluster listens on, and is ready for wishes when the promise is fulfilled. */
  open(cluster: LinkCluster, observer: LinkObserver): Promise<ClusterLinks>;
}

/** A cluster as a link protocol sees it. Its identity has been checked. */
export interface LinkCluster {
  readonly cluster: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly credentials: LinkCredentials;
  /** The lists in force. `ClusterLinks.handleRevocations` tells when they have changed. */
  readonly revocations: RevocationLists;
  /** The present settings. `ClusterLinks.handleCredentials` brings them to links that are up. */
  readonly settings: () => LinkSettings;
  readonly plane: ClusterPlane;
  /** The file in which the protocol keeps the addresses of neighbours for the next start. */
  readonly knownAddressesFile: string;
}

/** Settings of links that may change while they are up. */
interface LinkSettings {
  /** Largest UDP payload; undefined: what the interface has. */
  readonly udpPayloadMax: number | undefined;
  /** Silence after which a link is dead, in milliseconds. */
  readonly deadAfterMs: number;
  /** The quiet that links are to have which this end originates, in whole seconds; 0: none. */
  readonly quietSeconds: number;
  /** How long after the end of a certificate its sessions go on, in milliseconds. */
  readonly expiryGraceMs: number;
  /** The TCP address that vertices reach whose certificates have ended; undefined: none, and they are refused. */
  readonly endedDoor: { readonly host: string; readonly port: number } | undefined;
}

/** Credentials as PEM texts; the key's may be octets. The chain starts with the leaf. */
export interface LinkCredentials {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string | Uint8Array;
  readonly trustBundlePem: string;
  /** The leaf and its intermediate CAs, by the numbers that a revocation list names them by. */
  readonly certificates: readonly CertificateId[];
  /** The earliest end among these certificates and their root. */
  readonly validUntil: Date;
}

/**
 * The protocol calls its observer when it has read its sockets or its timer is due, and from inside `flush` and `close`, which do the
 * work of that turn at once. It calls no observer inside any other call of `ClusterLinks`, nor after `close` has been fulfilled.
 */
export interface LinkObserver {
  /** Tells the present state of a wanted link. Each call replaces the one before of the same (peer, tag). */
  onStatus(status: LinkStatus): void;
  /** A session that somebody offered, or that was to renew a link, did not come up. For the log: strangers can cause this as
   *  often as they like. */
  onOfferFailed(offer: FailedOffer): void;
  /** A vertex of the cluster has proven who it is, and was refused since nobody wants its link. It can cause this as often as it likes. */
  onKnock(knock: Knock): void;
  /** A packet of a link that is up: `packet[start, end)` is valid during the call only. The observer may call `ClusterLinks.send`: that
   *  packet leaves in the same turn. */
  onPacket(handle: number, packet: Uint8Array, start: number, end: number): void;
  /** All packets that had come in this turn were handed over. */
  onPacketsEnd(): void;
}

export interface FailedOffer {
  /** The address of whoever offered it, as people write it (`udp://192.0.2.1:4433`). */
  readonly from: string;
  /** The vertex that its certificate has proven, or another principal as `user/alice`, or else the peer of its link; undefined: there is none. */
  readonly peer: string | undefined;
  readonly code: string;
  readonly text: string;
}

/** The links of one cluster. */
export interface ClusterLinks {
  /** The address that the cluster listens on, as people write it (`udp://127.0.0.1:4433`). */
  readonly listening: string;
  /** Takes credentials of the same vertex, and the present settings: new sessions are made with them, and links that are up are renewed. */
  handleCredentials(credentials: LinkCredentials): void;
  /**
   * The revocation lists have changed: every session of a certificate that they name ends at once, and what was refused for
   * want of a list is tried again. Sessions of other certificates go on. When the lists name our own certificate, all links are
   * refused until the lists no longer name it, or until there are other credentials.
   */
  handleRevocations(): void;
  /** Whether the cluster vertex may not have told all its wishes yet: a call for a link that is not wanted then waits a moment for its wish, instead
   *  of being refused at once. */
  awaitWishes(isAwaiting: boolean): void;
  /** Wants a link. For a link that is wanted already, the same wish changes nothing, a wish that differs in the rate alone changes the rate,
   *  and any other wish starts the link anew. */
  want(wish: LinkWish): void;
  /** Ends a link; the neighbour is told why. */
  unwant(key: LinkKey, why: LinkEnd): void;
  unwantAll(why: LinkEnd): void;
  /** Takes a packet of 1 byte or more for a link that is up. Anything else is dropped and counted. The 3 bytes before the
   *  packet must be there: they are used and left as they were. `inLink` is a number for the link that the packet came by; LINK_NONE: the
   *  packet is the cluster vertex's own. */
  send(handle: number, packet: Uint8Array, start: number, end: number, inLink: number): void;
  /** No more packets come in this turn: what was taken leaves now, as far as it may. The observer may be called meanwhile. */
  flush(): void;
  stats(): LinkStats[];
  rows(): LinkStatusRow[];
  readonly handshakes: Counts;
  /** Attempts that are under way or have just failed, and links that wait for their turn to make one. */
  readonly attempts: { readonly underWay: number; readonly waiting: number };
  /** How near the links and their handshakes are to their limits; loads over a time are those since the last call. */
  loads(): PressureLoads;
  /** Counts of the socket's datagrams, and of answers to strangers. */
  readonly traffic: LinkTraffic;
  /** Datagrams and packets that were dropped and belong to no link, by cause. */
  readonly drops: Counts;
  /**
   * Ends all links, tells the neighbours, and lets go of the socket. A neighbour whose link is too busy to be told within half a
   * second finds out by silence. The observer may be called until the promise is fulfilled. A second call waits for the first.
   */
  close(): Promise<void>;
}

/** Why a link vertex ends a link by itself. */
export type LinkEnd =
  /** The cluster vertex does not want it any more. */
  | "closed"
  /** The cluster vertex has been away for too long. */
  | "vertexGone";

export interface LinkStatusRow {
  /** Name of the vertex at the other end. */
  readonly peer: string;
  readonly tag: string;
  readonly role: "originator" | "acceptor";
  readonly state: "connecting" | "up" | "down" | "refused";
  readonly code: string;
  readonly text: string;
  /** How long the link has been in this state. */
  readonly sinceMs: number;
  /** Bytes; 0 unless up. */
  readonly mtu: number;
  /** Larger packets are better not sent at present; 0 unless up. */
  readonly preferredMtu: number;
  /** Largest UDP payload that is proven to get through; 0 unless up. Larger packets go in pieces. */
  readonly udpPayload: number;
  readonly handle: number;
  readonly rttMs: number | null;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** The pause between two signs of life while nothing is sent, in milliseconds; 0: the link is not quiet, or not up. */
  readonly quietMs: number;
  /** Packets that were sent in pieces, and how many pieces; packets that were joined from pieces. */
  readonly packetsSplit: number;
  readonly piecesSent: number;
  readonly packetsJoined: number;
  /** Packets that the link protocol found to be lost on the way. */
  readonly packetsLost: number;
  /** Whether packets of the link protocol are marked ECT(0), since such marks come through. */
  readonly isEcnOn: boolean;
  /** Packets of the link protocol that came marked CE, by a router on the way that has a queue. */
  readonly ceReceived: number;
  readonly queueLength: number;
  /** Counts of each class of packets, by its name. */
  readonly classes: Readonly<Partial<Record<TrafficClassName, LinkClassCounts>>>;
  /** Packets thrown away on this side, by cause. */
  readonly drops: Counts;
  /** Attempts to connect (originator), or sessions offered by the peer (acceptor). */
  readonly attempts: number;
  /** Time since the last authenticated packet of the peer; null when there was none. */
  readonly lastHeardMs: number | null;
  /** The address that the peer's packets come from, `udp://host:port`; null when unknown. */
  readonly peerAddress: string | null;
  /** The earliest end of a certificate in the chain that the peer has shown; null while down. */
  readonly peerValidUntil: string | null;
}
