import type { IdentityStatus, RevocationStatus } from "@florenetes/identity";
import type { Counts, ProcessStatus } from "@florenetes/process-kit";

/**
 * What `link-flor status --json` prints, and what the admin socket answers at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started, and `null` stands for what is not known (yet).
 */
export interface LinkFlorStatus {
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  readonly clusters: readonly ClusterPortalStatus[];
  /** Connections that were closed because their peer broke the law on what it may make QUIC keep, answer or send, by cause. */
  readonly violations: Counts;
  readonly process: ProcessStatus;
}

/** One cluster that this link vertex serves. */
export interface ClusterPortalStatus {
  readonly cluster: string;
  /** The vertex principal whose credentials are used, as `vertex/<name>`. */
  readonly principal: string;
  /** Bound UDP address, `udp://host:port`. */
  readonly listen: string;
  readonly certificate: IdentityStatus;
  /** The lists in force, and what was refused. */
  readonly revocation: RevocationStatus;
  readonly portal: PortalStatus;
  readonly links: readonly LinkStatusRow[];
  /** Handshakes by outcome: completed, and each way of failing. */
  readonly handshakes: Counts;
  /** The UDP socket's datagrams: received, sent, and dropped by cause. */
  readonly udp: Counts;
}

interface PortalStatus {
  readonly bind: string;
  readonly connect: string;
  /** `waiting`: no cluster vertex is there (yet). */
  readonly state: "waiting" | "attached" | "refused";
  /** Stable reason code of `refused`, else "". */
  readonly code: string;
  readonly text: string;
  readonly sinceMs: number;
  /** Counters of this side of the FlorIO socket pair and of the Portal API on it, by their names there. */
  readonly florio: Counts;
}

export interface LinkStatusRow {
  /** Name of the vertex at the other end. */
  readonly peer: string;
  readonly tag: string;
  readonly role: "originator" | "acceptor";
  readonly state: "connecting" | "up" | "down" | "refused";
  readonly code: string;
  readonly text: string;
  /** How long it has been in this state. */
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
  /** Packets that were sent in pieces, and how many pieces; packets that were joined from pieces. */
  readonly packetsSplit: number;
  readonly piecesSent: number;
  readonly packetsJoined: number;
  /** Packets that the link protocol found to be lost on the way. */
  readonly packetsLost: number;
  readonly queueLength: number;
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
