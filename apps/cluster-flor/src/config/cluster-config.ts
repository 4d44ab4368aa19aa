import type { ClusterConfigFile } from "./schema.ts";
import type { ListenAddress, MetricsListen, ServiceTarget } from "@florenetes/config-file";
import type { TransitLimits, LinkLabel, PermittedPair, TrafficClass } from "@florenetes/forwarding";
import type { RevocationPolicy } from "@florenetes/identity";
import type { LogLevels } from "./log-levels.ts";
import type { OtlpTracesConfig } from "./otlp-section.ts";
import type { VertexPins } from "./vertex-pins.ts";
import type { EngineSetting } from "@florenetes/quic";

/**
 * The checked configuration of a cluster vertex, as the rooms use it: names are resolved to indices of the arrays here,
 * so that later code looks up no names. The form of the file is in `schema.ts`.
 */
export interface ClusterConfig {
  readonly cluster: string;
  readonly vertex: string;
  /** The QUIC engine of the end-to-end connections. */
  readonly engine: EngineSetting;
  /** The protocol over which the links of all portals must run; undefined: any. */
  readonly linkProtocol?: string | undefined;
  readonly portals: readonly PortalConfig[];
  /** Directory for state that must outlive the process. */
  readonly state: string;
  /** Path of the admin socket. */
  readonly admin: string;
  /** Path of the control socket. */
  readonly control: string;
  /** The TCP address at which metrics are told; undefined: there is none. */
  readonly metrics?: MetricsListen | undefined;
  /** The file to which access records are appended; undefined: none are kept. */
  readonly accessLog?: string | undefined;
  /** The collector of spans of workload connections; undefined: there is none. */
  readonly otlpTraces?: OtlpTracesConfig | undefined;
  readonly log: LogLevels;
  readonly links: readonly LinkConfig[];
  /** Unordered pairs of link indices between which adjacency labels may carry packets. */
  readonly transit: readonly (readonly [number, number])[];
  /** Limits for each pair of links between which packets pass, one for each direction. */
  readonly transitLimit: TransitLimits;
  /** Whether link vertices may themselves forward packets from one of their links to another. */
  readonly transitOffload: boolean;
  readonly crossConnects: readonly CrossConnectConfig[];
  readonly lspEnds: readonly LinkLabel[];
  readonly services: readonly ServiceConfig[];
  readonly paths: readonly PathConfig[];
  readonly tunnels: readonly InFile<TunnelConfig>[];
  readonly sessions: readonly SessionInFile[];
  /** How the control agent of this node and this vertex speak; undefined: there is no agent. */
  readonly fabric?: FabricConfig | undefined;
  readonly transport: TransportConfig;
  /** Folder of the roots and CRLs by which vertices are judged; undefined: those of the identities are used. */
  readonly trust?: string | undefined;
  /** How revocation lists affect new end-to-end connections. */
  readonly revocation: RevocationPolicy;
  /** How long after the end of a certificate the end-to-end connections made with it go on, in milliseconds. */
  readonly expiryGraceMs: number;
  /** How long before the end of a certificate the warnings begin, in milliseconds. */
  readonly expiryWarningMs: number;
  /** The config in the form of the file, defaults filled in. */
  readonly written: ClusterConfigFile;
}

/** A part as the file has it. Without a path (`path: auto`) the overlay leads it. */
export type InFile<Part extends { readonly path: number }> = Omit<Part, "path" | "auto"> & {
  readonly path: number | undefined;
};

type SessionInFile = Omit<SessionConfig, "services"> & { readonly services: readonly InFile<SessionServiceConfig>[] };

type OwnKeys =
  | "engine"
  | "state"
  | "admin"
  | "control"
  | "metrics"
  | "accessLog"
  | "otlpTraces"
  | "log"
  | "revocation"
  | "expiryWarningMs"
  | "fabric"
  | "written";

/** The part of the config that the three services use, with the overlay (`layOver`); the rest is the process's own. */
export type VertexConfig = Omit<ClusterConfig, OwnKeys | "tunnels" | "sessions"> & {
  readonly tunnels: readonly TunnelConfig[];
  readonly sessions: readonly SessionConfig[];
  /** Keys that peers must show beside their certificates. */
  readonly pins: VertexPins;
  /** Pairs of links that the overlay opens, beside those of the file. Undefined: there are none. */
  readonly permits?: readonly LinkPermit[] | undefined;
  /** The ways of services whose path is the overlay's. Undefined: there are none. */
  readonly leads?: readonly LeadConfig[] | undefined;
};

/** An unordered pair of link indices that permits open: what they permit together, in each direction. */
export interface LinkPermit extends PermittedPair {
  /** The names that the permits have for the agent. */
  readonly ids: readonly string[];
}

/** The way to a service whose path is the overlay's. */
export interface LeadConfig {
  /** The name by which the service is wanted. */
  readonly service: string;
  /** The name that the far end proves to have. */
  readonly proves: string;
  /** Index of the path that is in use; undefined: there is none yet. */
  readonly path: number | undefined;
  /** Index of a path whose far end is to be proven; undefined: there is none. */
  readonly next: number | undefined;
  /** Index of a path to another host, for new streams while the host in use is silent; undefined: there is none. */
  readonly standby?: number | undefined;
}

/** The sockets between this vertex and the control agent of its node. */
export interface FabricConfig {
  /** Path of the socket at which the agent sets the overlay. */
  readonly door: string;
  /** Path of the socket at which the agent opens streams to agents of neighbours. */
  readonly sessions: string;
  /** The mode and the owner of both; undefined: for this process's own user alone. */
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Folder of the agent's identity, `service/fabric.<vertex>`. */
  readonly identity: string;
  /** Path of the agent's own socket, to which streams of neighbours' agents are brought. */
  readonly agent: string;
  /** The most that permits may let pass through this vertex; undefined: nothing. */
  readonly relay?: RelayLimits | undefined;
  /** Whether pins bind what the config file has made, too. */
  readonly doPinsBindAll: boolean;
  /** Links that the agent may have beside those of the file. */
  readonly linksMax: number;
  /** Prefixes of the addresses at which such links may call their peers; undefined: all but loopback. */
  readonly dial: readonly string[] | undefined;
}

/** The owner's limits for permits. */
interface RelayLimits {
  readonly classes: ReadonlySet<TrafficClass>;
  /** For the sum of all permits, in each direction by itself. */
  readonly bitsPerSecond: number;
}

interface TransportConfig {
  /** The number of streams after which an end-to-end connection gets a successor. */
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
  /** Only the link protocol reads it; only an originator has one. */
  readonly endpoint: string | undefined;
  /** All endpoints that an originator calls, one after the other, `endpoint` first; undefined: that one alone. */
  readonly endpoints?: readonly string[] | undefined;
  /** Bits per second that may be sent over the link, headers included; undefined: as many as its path carries. */
  readonly rate?: number | undefined;
  /** This vertex's adjacency label for the link. */
  readonly label: number;
  /** A second label that sends packets out on the link; this vertex itself never writes it. */
  readonly secondLabel?: number | undefined;
  /** Whether questions of traces that come over this link stay unanswered. */
  readonly isTraceOff?: boolean | undefined;
  /** The overlay has made it: pins always bind its peer, unless the file has a link to it, too. */
  readonly isOverlay?: true | undefined;
  /** The peer has not been found yet at an endpoint of the link: somebody else may be there. */
  readonly isUnproven?: true | undefined;
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
  /** For a `udp` target: how long a flow may be silent before it ends. Undefined for others. */
  readonly flowIdleMs?: number | undefined;
  /** How often the target is checked while the service has no streams; undefined: never. */
  readonly healthCheckMs?: number | undefined;
  /** Whether the target is first told the caller's principal, by a header of the PROXY protocol. */
  readonly tellsPrincipal: boolean;
  /** Principals as `user/<name>` or `service/<name>`. */
  readonly allow: readonly string[];
  /** The traffic classes that connections to the service may have; undefined: all that workloads can have. */
  readonly classes?: ReadonlySet<TrafficClass> | undefined;
  /** The service has one host at a time: this vertex serves it only while the control agent has a grant for it. */
  readonly needsGrant?: true | undefined;
  /** The overlay's: pins always bind who comes to it. */
  readonly isOverlay?: true | undefined;
}

export interface PathConfig {
  readonly name: string;
  /** Index of the first link; undefined when the service is on this vertex. */
  readonly link: number | undefined;
  readonly labels: readonly number[];
  /** The size of the path's mesh packets, in bytes; undefined: probes find it. */
  readonly mtu: number | undefined;
  /** The overlay has made it: pins always bind the services at its end. */
  readonly isOverlay?: true | undefined;
  /** The routes of a path of the overlay that leaves the vertex, the preferred one first: `link` and `labels` are those of the first. */
  readonly routes?: readonly RouteConfig[] | undefined;
  /** Why no connections are made over it, for people; undefined: they are. */
  readonly problem?: string | undefined;
}

/** A path may have several ways, between which its connections switch. */
export interface RouteConfig {
  /** Index of the first link. */
  readonly link: number;
  readonly labels: readonly number[];
  /** The vertices from the first neighbour to the host, as `b>d`, where they are known; no two routes of a path have the same. */
  readonly name: string;
  readonly avoid?: RouteAvoidance | undefined;
  /** The share that the words of its packets have; undefined: none. */
  readonly share?: number | undefined;
}

/** Connections leave a route for another good one (`capacity_limited`), or may not use it at all (`fenced`). */
export interface RouteAvoidance {
  readonly why: "capacity_limited" | "fenced";
  /** Undefined: of all classes. */
  readonly classes?: ReadonlySet<TrafficClass> | undefined;
}

export interface TunnelConfig {
  /** For status and logs: the listen address as written. */
  readonly name: string;
  readonly listen: ListenAddress;
  /** The file mode of a `unix` listener. */
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Folder of the identity that the tunnel lends to its workloads. */
  readonly as: string;
  /** Name of the service that the far end must prove to be. */
  readonly service: string;
  readonly path: number;
  /** The class of all packets of the tunnel's connections. */
  readonly trafficClass: TrafficClass;
  /** How long an unused end-to-end connection is kept; a new one is made when needed. Undefined: it is always kept. */
  readonly keepMs?: number | undefined;
  /** How long a workload waits at most for a connection, and for an answer of its far end; undefined: the default. */
  readonly connectWaitMs?: number | undefined;
  /** For a `udp` listener: whether a datagram that does not fit into a packet is dropped instead of cut. */
  readonly isUncut?: boolean | undefined;
  /** The name by which the file wants the service: the overlay leads it. Undefined: the path is the file's. */
  readonly auto?: string | undefined;
}

/** A socket at which workloads speak data sessions. */
export interface SessionConfig {
  /** For status and logs: the listen address as written. */
  readonly name: string;
  /** Path of the socket. */
  readonly listen: string;
  readonly mode: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Folder of the identity that the socket lends to allowed workloads. */
  readonly as: string;
  readonly allow: AllowedWorkloads;
  readonly services: readonly SessionServiceConfig[];
  readonly sessionsMax: number;
  /** The most streams and flows of one session at once. */
  readonly streamsMax: number;
  /** Streams may have the class `control`: agents alone speak here. */
  readonly takesControl?: boolean | undefined;
}

/** The system's users and groups whose processes may speak here, by their numbers. */
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
  /** How long an unused end-to-end connection is kept. */
  readonly keepMs: number;
  /** How long a stream waits at most for a connection, and for an answer of its far end; undefined: the default. */
  readonly connectWaitMs?: number | undefined;
  /** The name by which the file wants the service: the overlay leads it. Undefined: the path is the file's. */
  readonly auto?: string | undefined;
}
