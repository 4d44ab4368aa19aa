import type { IdentityStatus, RevocationStatus, TrustStatus } from "@florenetes/identity";
import type {
  ConfigStatus,
  Counts,
  DownPart,
  MetricsStatus,
  PressureStatus,
  ProcessStatus,
  StatusFinding,
} from "@florenetes/process-kit";
import type { TrafficClassName } from "@florenetes/forwarding";
import type { EngineChoice } from "@florenetes/quic";
import type { LinkStatusRow, PortalStatus } from "../connection/connection-status.ts";
import type { ForwardingStatus } from "../forwarding/forwarding-status.ts";
import type { OverlayStatus } from "../overlay/overlay-status.ts";
import type { SessionSocketStatus } from "../sessions/session-status.ts";
import type { AnswerCounts } from "../trace/trace-answers.ts";
import type { SwitchFigures, SwitchReason } from "../transport/routes/switch-log.ts";
import type { TargetHealth } from "../transport/services/target-health.ts";
import type { ConnectionStatus, ServiceStatus, TunnelStatus } from "../transport/transport-status.ts";

/**
 * The output of `cluster-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`), counters
 * count since the process started, and `null` means not known (yet). Each room defines its own part.
 */
export interface ClusterStatus {
  readonly vertex: string;
  readonly cluster: string;
  /** This vertex's principal, `vertex/<name>`, as the link vertex named it at Attach; null before any portal was attached. */
  readonly principal: string | null;
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  /** The program's version. */
  readonly version: string;
  /** The QUIC engine of the end-to-end connections, and why it was chosen. */
  readonly engine: EngineChoice;
  /** The file to which the secrets of all connections are written (SSLKEYLOGFILE); null: none are. */
  readonly secretsFile: string | null;
  /** The folder of qlogs (QLOGDIR), the number of its files, and how much could not be written; null: no qlogs are written. */
  readonly qlog: { readonly folder: string; readonly files: number; readonly bytesLost: number } | null;
  /** All findings about the configured parts; causes come before their consequences. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  /** Parts of the config that do not work on this machine at present, and are tried again. */
  readonly down: readonly DownPart[];
  /** The TCP address at which metrics are told; null: the config names none. */
  readonly metrics: MetricsStatus | null;
  /** Access records; null: none are kept. */
  readonly accessLog: AccessLogStatus | null;
  /** Spans of workload connections; null: none are sent. */
  readonly otlpTraces: OtlpTracesStatus | null;
  /** The work of the node's control agent; null: the config has no key `fabric`. */
  readonly overlay: OverlayStatus | null;
  readonly portals: readonly PortalStatus[];
  readonly links: readonly LinkStatusRow[];
  readonly forwarding: ForwardingStatus;
  readonly paths: readonly PathStatus[];
  readonly tunnels: readonly TunnelStatus[];
  readonly services: readonly CheckedService[];
  /** Questions of traces by other vertices, by the outcome. */
  readonly traces: Readonly<AnswerCounts>;
  /** The sockets at which workloads speak data sessions. */
  readonly sessions: readonly SessionSocketStatus[];
  readonly connections: readonly ConnectionStatus[];
  /** The state of each identity that a service or a tunnel uses. */
  readonly certificates: readonly IdentityStatus[];
  /** Null without identities and `trust`. */
  readonly revocation: RevocationStatus | null;
  /** The folder of `trust`; null when there is none, or it cannot be used. */
  readonly trust: TrustStatus | null;
  readonly drops: DropStatus;
  /** Connections that were closed because their peer made QUIC keep, answer or send too much, by cause. */
  readonly violations: Counts;
  readonly pressure: PressureStatus;
  readonly process: ProcessStatus;
}

/** The status of all rooms, from which the rest is derived. */
export type RoomsStatus = Omit<ClusterStatus, "process" | "findings">;

/** The status of the rooms of a vertex, to which its process adds its own. */
export type VertexStatus = Omit<RoomsStatus, OfProcess>;

type OfProcess =
  | "version"
  | "engine"
  | "secretsFile"
  | "qlog"
  | "accessLog"
  | "otlpTraces"
  | "config"
  | "down"
  | "metrics"
  | "overlay";

export interface CheckedService extends ServiceStatus {
  /** The health of the target; null when it is not checked: a target for datagrams, the process itself, or by the config. */
  readonly health: TargetHealth | null;
}

/** The file of access records, and how many were written and lost since the process started. */
export interface AccessLogStatus {
  readonly file: string;
  readonly records: number;
  readonly lost: number;
  /** Why no records can be written at present, as the system says it; "" when they can. */
  readonly problem: string;
}

/** The collector of spans, and how many it has taken, and how many were lost, since the process started. */
export interface OtlpTracesStatus {
  readonly endpoint: string;
  readonly spans: number;
  readonly lost: number;
  /** Why the last spans were lost; "" when they were sent. */
  readonly problem: string;
}

export interface PathStatus {
  readonly name: string;
  /** Name of the first link; null when the service is on this vertex. */
  readonly link: string | null;
  readonly labels: readonly number[];
  /** Largest mesh packet of connections over the path, in bytes. */
  readonly mtu: number;
  /**
   * The origin of that size: the config (`config`); a path without links (`local`); or the result of probes: unknown so far
   * (`probing`), the largest that the first link and the ends accept (`proven`), less because a link prefers smaller packets
   * (`marked`), or because larger ones do not get through (`lost`). A path that no tunnel uses stays `probing`.
   */
  readonly mtuOrigin: "config" | "local" | "probing" | "proven" | "marked" | "lost";
  /** Whether a packet can be sent on the path now (its first link is up; never where it stands for a service that the overlay leads nowhere). The links behind that one are not considered. */
  readonly isUsable: boolean;
  /**
   * Whether authentic packets of the far end have come lately (within 2 s while streams are open or workloads wait, else within
   * 15 s), and whether the far end acknowledges what it is asked, within 1.5 s and four round trips. Null: it is not asked.
   */
  readonly isReachable: boolean | null;
  /** How long ago the last such packet came; null: never. */
  readonly heardMs: number | null;
  /** The routes between which connections over the path switch, the preferred one first; empty: the path is one of the file, or leads to this vertex. */
  readonly routes: readonly RouteStatus[];
  /** Counts of the switches, by reason; empty: there were none. */
  readonly switches: readonly SwitchStatus[];
}

export interface RouteStatus {
  /** The vertices from the first neighbour to the host, as `b>d`. */
  readonly name: string;
  /** Name of the first link. */
  readonly link: string;
  readonly labels: readonly number[];
  /** The traffic classes whose connections use it now. */
  readonly inUse: readonly TrafficClassName[];
  /** Why connections pass it by: a reason of docs/protocol/transport.md; null: it has not failed. */
  readonly failure: SwitchReason | null;
  /** How long ago it failed; null: it has not. */
  readonly failedMs: number | null;
}

/** Switches to another route for one reason. Times run from the last answer before to the first one over the new route. */
interface SwitchStatus extends SwitchFigures {
  readonly reason: SwitchReason;
}

/** Dropped packets and messages, by the room that dropped them, then by cause; each is counted once. */
interface DropStatus {
  /** Includes packets that a portal's FlorIO refused. */
  readonly forwarding: Counts;
  readonly transport: Counts;
  /** Packets that FlorIO took and lost, frames and messages; summed over all portals. */
  readonly florio: Counts;
}
