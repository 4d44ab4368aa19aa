import type { IdentityStatus, RevocationStatus } from "@florenetes/identity";
import type { Counts, ProcessStatus } from "@florenetes/process-kit";

/**
 * What `cluster-flor status --json` prints, and what the admin socket answers at `/status`. Other programs read it: names
 * and meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds
 * (`…Ms`), counters count since the process started, and `null` stands for what is not known (yet).
 */
export interface ClusterStatus {
  readonly vertex: string;
  readonly cluster: string;
  /** This vertex's principal, `vertex/<name>`, as the link vertex named it at Attach; null before any portal was attached. */
  readonly principal: string | null;
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  readonly portals: readonly PortalStatus[];
  readonly links: readonly LinkStatusRow[];
  readonly forwarding: ForwardingStatus;
  readonly paths: readonly PathStatus[];
  readonly tunnels: readonly TunnelStatus[];
  readonly services: readonly ServiceStatus[];
  readonly connections: readonly ConnectionStatus[];
  /** Of each identity that a service or a tunnel uses. */
  readonly certificates: readonly IdentityStatus[];
  /** Null without identities. */
  readonly revocation: RevocationStatus | null;
  readonly drops: DropStatus;
  /** Connections that were closed because their peer broke the law on what it may make QUIC keep, answer or send, by cause. */
  readonly violations: Counts;
  readonly process: ProcessStatus;
}

export interface PortalStatus {
  readonly name: string;
  readonly bind: string;
  readonly connect: string;
  /** `waiting`: the link vertex is not there (yet); `refused`: it is there and does not take us. */
  readonly state: "waiting" | "attached" | "refused";
  /** Stable reason code of `refused`, else "". */
  readonly code: string;
  /** The same for people. */
  readonly text: string;
  readonly sinceMs: number;
  /** Counters of this side of the FlorIO socket pair and of the Portal API on it, by their names there. */
  readonly florio: Counts;
}

export interface LinkStatusRow {
  readonly name: string;
  readonly portal: string;
  readonly peer: string;
  readonly tag: string;
  readonly role: "originator" | "acceptor";
  /** As the link vertex says; `waiting` while its portal is not attached. */
  readonly state: "waiting" | "connecting" | "up" | "down" | "refused";
  readonly code: string;
  readonly text: string;
  /** How long it has been in this state. */
  readonly sinceMs: number;
  /** Bytes; 0 unless up. */
  readonly mtu: number;
  /** Larger packets are carried, but marked as better smaller; 0 unless up. */
  readonly preferredMtu: number;
  /** The link's name in FlorIO frames; 0 unless up. */
  readonly handle: number;
  /** An acceptor that has waited 30 s for a first sign of its peer: perhaps the other end is an acceptor too. */
  readonly isNeverContacted: boolean;
  readonly isCongested: boolean;
  /** How often it came up. */
  readonly ups: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsDropped: number;
}

/** What became of the packets that came in over links. */
export interface ForwardingStatus {
  readonly links: readonly {
    readonly name: string;
    readonly packetsForwarded: number;
    readonly packetsDelivered: number;
    /** Different labels that mean nothing here, as far as they are still looked up: docs/mesh-packet.md, "Who guesses labels". */
    readonly labelsGuessed: number;
    /** By cause, an out-link that is down or full included. */
    readonly drops: Counts;
  }[];
  /** Pairs of links that packets may pass through, each direction by itself. */
  readonly transit: readonly TransitStatus[];
}

export interface TransitStatus {
  readonly inLink: string;
  readonly outLink: string;
  readonly packets: number;
  /** Thrown away: more than `transit-limit` permits. */
  readonly packetsDropped: number;
}

export interface PathStatus {
  readonly name: string;
  /** Name of the first link; null when the service is on this vertex. */
  readonly link: string | null;
  readonly labels: readonly number[];
  /** Largest mesh packet that connections over it are made for, in bytes. */
  readonly mtu: number;
  /** Why: it is set in the config, or there is no link (`local`); or it is what probes have found: nothing yet (`probing`), all that
   *  the first link and the ends take (`proven`), less because a link prefers smaller packets (`marked`), or because larger ones do
   *  not get through (`lost`). A path that no tunnel uses stays `probing`. */
  readonly mtuOrigin: "config" | "local" | "probing" | "proven" | "marked" | "lost";
  /** Whether a packet can leave on it now (its first link is up). Nothing is said of the links behind that one. */
  readonly isUsable: boolean;
}

/** How many streams (workload connections) are and were. */
export interface StreamCounts {
  readonly open: number;
  readonly total: number;
  /** Refused, by stable reason. */
  readonly refused: Counts;
  /** Accepted, and ended by neither workload: by stable reason, such as `revoked`. */
  readonly cut: Counts;
}

export interface TunnelStatus {
  /** The listen address as written. */
  readonly listen: string;
  /** Principal that it lends, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly service: string;
  readonly path: string;
  readonly isListening: boolean;
  /** Why workloads are turned away though it listens (its certificate is revoked), or why it does not listen; else "". */
  readonly text: string;
  readonly connections: StreamCounts;
}

export interface ServiceStatus {
  readonly name: string;
  readonly label: number;
  /** As written in the config, `tcp://…` or `unix:…`. */
  readonly target: string;
  readonly allow: readonly string[];
  readonly connections: StreamCounts;
  /** Of end-to-end connections, by outcome: `established`, or why they were refused or given up (docs/transport.md). */
  readonly handshakes: Counts;
  /** Why it takes no connections (its certificate is revoked); else "". */
  readonly text: string;
}

/** One end-to-end transport connection. */
export interface ConnectionStatus {
  /** ConnectionId, 16 hexadecimal digits. */
  readonly id: string;
  readonly direction: "originated" | "accepted";
  readonly state: "handshaking" | "established" | "draining";
  /** Principal of the other end once it is proven, as `<kind>/<name>`; null before. */
  readonly peer: string | null;
  /** When the certificates that it has shown are no longer good: the earliest end of its chain; null before. */
  readonly peerValidUntil: string | null;
  readonly service: string;
  /** Name of the path (originated), or the way back (accepted): the link and the labels, as `<link> 203 900`. */
  readonly path: string;
  readonly streamsOpen: number;
  readonly rttMs: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly ageMs: number;
}

/** Packets thrown away, by the room that did it, then by cause. */
interface DropStatus {
  readonly forwarding: Counts;
  readonly transport: Counts;
  /** Summed over all portals. */
  readonly florio: Counts;
}
