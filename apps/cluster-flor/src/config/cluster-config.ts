import type { ClusterConfigFile } from "./schema.ts";
import type { ListenAddress, ServiceTarget } from "@florenetes/config-file";
import type { TransitLimits, LinkLabel, TrafficClass } from "@florenetes/forwarding";
import type { RevocationPolicy } from "@florenetes/identity";
import type { LogLevels } from "./log-levels.ts";
import type { EngineSetting } from "@florenetes/quic";

/**
 * The checked configuration of a cluster vertex, as the rooms take it: names are resolved to indices into the arrays
 * here, so that nothing is looked up by name later. The file's own form is in `schema.ts`.
 */
export interface ClusterConfig {
  readonly cluster: string;
  readonly vertex: string;
  /** Which QUIC engine carries the end-to-end connections. */
  readonly engine: EngineSetting;
  /** The protocol that the links of all portals must run over; undefined: any. */
  readonly linkProtocol?: string | undefined;
  readonly portals: readonly PortalConfig[];
  /** Directory for what must outlive the process. */
  readonly state: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The file that access records are appended to; undefined: there are none. */
  readonly accessLog?: string | undefined;
  readonly log: LogLevels;
  readonly links: readonly LinkConfig[];
  /** Unordered pairs of link indices between which adjacency labels may carry packets. */
  readonly transit: readonly (readonly [number, number])[];
  /** Limits for each pair of links that packets pass through, one for each direction. */
  readonly transitLimit: TransitLimits;
  /** Whether link vertices may forward by themselves what passes from one of their links to another. */
  readonly transitOffload: boolean;
  readonly crossConnects: readonly CrossConnectConfig[];
  readonly lspEnds: readonly LinkLabel[];
  readonly services: readonly ServiceConfig[];
  readonly paths: readonly PathConfig[];
  readonly tunnels: readonly TunnelConfig[];
  readonly sessions: readonly SessionConfig[];
  readonly transport: TransportConfig;
  /** Folder of the roots and CRLs by which vertices are judged; undefined: those of the identities are used. */
  readonly trust?: string | undefined;
  /** How revocation lists decide about new end-to-end connections. */
  readonly revocation: RevocationPolicy;
  /** How long after the end of a certificate the end-to-end connections made with it go on, in milliseconds. */
  readonly expiryGraceMs: number;
  /** How long before the end of a certificate the warnings begin, in milliseconds. */
  readonly expiryWarningMs: number;
  /** The file's own form, defaults filled in. */
  readonly written: ClusterConfigFile;
}

/** The part of the config that the three services take; the rest is the process's own. */
export type VertexConfig = Omit<
  ClusterConfig,
  "engine" | "state" | "admin" | "control" | "accessLog" | "log" | "revocation" | "expiryWarningMs" | "written"
>;

interface TransportConfig {
  /** After so many streams an end-to-end connection gets a successor. */
  readonly streamsPerConnection: number;
}

export interface PortalConfig {
  readonly name: string;
  readonly bind: string;
  readonly connect: string;
}

export interface LinkConfig {
  readonly name: string;
  readonly portal: number;
  readonly role: "originator" | "acceptor";
  /** Name of the vertex at the other end. */
  readonly peer: string;
  readonly tag: string;
  /** Opaque to everything but the link protocol; only an originator has one. */
  readonly endpoint: string | undefined;
  /** Bits per second that may be sent over the link, headers included; undefined: as many as its path takes. */
  readonly rate?: number | undefined;
  /** This vertex's adjacency label for the link. */
  readonly label: number;
  /** A second label that sends packets out on the link; this vertex writes it on none. */
  readonly secondLabel?: number | undefined;
  /** Questions of traces that come over it are not answered. */
  readonly isTraceOff?: boolean | undefined;
}

export interface CrossConnectConfig {
  readonly from: LinkLabel;
  readonly to: LinkLabel;
}

export interface ServiceConfig {
  readonly name: string;
  readonly label: number;
  /** A second label whose packets are for the service. */
  readonly secondLabel?: number | undefined;
  /** Folder of the service's identity. */
  readonly identity: string;
  readonly target: ServiceTarget;
  /** For a `udp` target: a flow in which nothing passes for so long ends. Undefined for others. */
  readonly flowIdleMs?: number | undefined;
  /** How often its target is looked at while nobody uses it; undefined: never. */
  readonly healthCheckMs?: number | undefined;
  /** Whether the target is told first who has connected, by a header of the PROXY protocol. */
  readonly tellsPrincipal: boolean;
  /** Principals as `user/<name>` or `service/<name>`. */
  readonly allow: readonly string[];
  /** The traffic classes that its connections may have; undefined: all that workloads can have. */
  readonly classes?: ReadonlySet<TrafficClass> | undefined;
}

export interface PathConfig {
  readonly name: string;
  /** Index of the first link; undefined when the service is on this vertex. */
  readonly link: number | undefined;
  readonly labels: readonly number[];
  /** The size of its mesh packets, in bytes; undefined: what probes find. */
  readonly mtu: number | undefined;
}

export interface TunnelConfig {
  /** For status and logs: the listen address as written. */
  readonly name: string;
  readonly listen: ListenAddress;
  /** The file mode of a `unix` listener. */
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Folder of the identity that the tunnel lends to whoever connects. */
  readonly as: string;
  /** Name of the service that the far end must prove to be. */
  readonly service: string;
  readonly path: number;
  /** All packets of its connections are of this class. */
  readonly trafficClass: TrafficClass;
  /** For how long an unused end-to-end connection is kept; it is made again when one is needed. Undefined: it is always kept. */
  readonly keepMs?: number | undefined;
  /** How long a workload waits at most for a connection, and for a sign of its far end; undefined: as long as is usual. */
  readonly connectWaitMs?: number | undefined;
  /** For a `udp` listener: a datagram that does not fit into a packet is dropped, and not cut. */
  readonly isUncut?: boolean | undefined;
}

/** A socket at which workloads speak data sessions. */
export interface SessionConfig {
  /** For status and logs: the listen address as written. */
  readonly name: string;
  /** Path of the socket. */
  readonly listen: string;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Folder of the identity that the socket lends to whoever may speak here. */
  readonly as: string;
  readonly allow: AllowedWorkloads;
  readonly services: readonly SessionServiceConfig[];
  /** Sessions that there may be at once. */
  readonly sessionsMax: number;
  /** Streams and flows that one session may have open at once. */
  readonly streamsMax: number;
}

/** The users and groups of the system whose processes may speak, by their numbers. */
export interface AllowedWorkloads {
  readonly users: readonly number[];
  readonly groups: readonly number[];
}

/** A service that the streams of a session may name. */
export interface SessionServiceConfig {
  /** The name that workloads use. */
  readonly name: string;
  /** Name of the service that the far end must prove to be. */
  readonly service: string;
  readonly path: number;
  /** For how long an unused end-to-end connection is kept. */
  readonly keepMs: number;
  /** How long a stream waits at most for a connection, and for a sign of its far end; undefined: as long as is usual. */
  readonly connectWaitMs?: number | undefined;
}
