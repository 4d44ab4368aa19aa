import type { IdentityStatus, RevocationStatus, TrustStatus } from "@florenetes/identity";
import type {
  ConfigStatus,
  Counts,
  DownPart,
  PressureStatus,
  ProcessStatus,
  StatusFinding,
} from "@florenetes/process-kit";
import type { EngineChoice } from "@florenetes/quic";
import type { LinkStatusRow, PortalStatus } from "../connection/connection-status.ts";
import type { ForwardingStatus } from "../forwarding/forwarding-status.ts";
import type { SessionSocketStatus } from "../sessions/session-status.ts";
import type { AnswerCounts } from "../trace/trace-answers.ts";
import type { TargetHealth } from "../transport/services/target-health.ts";
import type { ConnectionStatus, ServiceStatus, TunnelStatus } from "../transport/transport-status.ts";

/**
 * The output of `cluster-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names
 * and meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds
 * (`…Ms`), counters count since the process started, and `null` stands for what is not known (yet). Each room says what its part
 * looks like.
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
  /** Which QUIC engine carries the end-to-end connections, and why. */
  readonly engine: EngineChoice;
  /** The file that the secrets of all connections are written to (SSLKEYLOGFILE); null: none are. */
  readonly secretsFile: string | null;
  /** The folder in which all packets are told (QLOGDIR), how many files it got, and how much could not be written; null: none are told. */
  readonly qlog: { readonly folder: string; readonly files: number; readonly bytesLost: number } | null;
  /** Whatever of all that is configured is not as it should be; causes come before what follows from them. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  /** Parts of the config that the machine does not let run at present, and which are tried again. */
  readonly down: readonly DownPart[];
  /** Access records; null: nobody wants them. */
  readonly accessLog: AccessLogStatus | null;
  readonly portals: readonly PortalStatus[];
  readonly links: readonly LinkStatusRow[];
  readonly forwarding: ForwardingStatus;
  readonly paths: readonly PathStatus[];
  readonly tunnels: readonly TunnelStatus[];
  readonly services: readonly CheckedService[];
  /** Questions of others' traces, by what became of them. */
  readonly traces: Readonly<AnswerCounts>;
  /** The sockets at which workloads speak data sessions. */
  readonly sessions: readonly SessionSocketStatus[];
  readonly connections: readonly ConnectionStatus[];
  /** The state of each identity that a service or a tunnel uses. */
  readonly certificates: readonly IdentityStatus[];
  /** Null without identities and `trust`. */
  readonly revocation: RevocationStatus | null;
  /** The folder of `trust`; null: there is none, or it cannot be used. */
  readonly trust: TrustStatus | null;
  readonly drops: DropStatus;
  /** Connections that were closed because their peer broke the law on what it may make QUIC keep, answer or send, by cause. */
  readonly violations: Counts;
  /** How loaded the process is. */
  readonly pressure: PressureStatus;
  readonly process: ProcessStatus;
}

/** Status of the rooms: the rest is made of it. */
export type RoomsStatus = Omit<ClusterStatus, "process" | "findings">;

export interface CheckedService extends ServiceStatus {
  /** How its target is; null: nobody looks at it, as it is one of datagrams or the process itself, or the config says so. */
  readonly health: TargetHealth | null;
}

/** The file of access records, and how many are in it and could not be written, since the process started. */
export interface AccessLogStatus {
  readonly file: string;
  readonly records: number;
  readonly lost: number;
  /** Why none can be written at present, as the system says it; "" when they can. */
  readonly problem: string;
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
  /** Whether authentic packets of the far end have come lately: within 2 s while streams are open or workloads wait, else within 15 s; and
   *  whether it acknowledges what it is asked, within 1.5 s and four round trips. Null: nobody asks for them. */
  readonly isReachable: boolean | null;
  /** How long ago the last one came; null: none ever did. */
  readonly heardMs: number | null;
}

/** Packets and messages that were thrown away, by the room that did it, then by cause: each once. */
interface DropStatus {
  /** Packets that a portal's FlorIO did not take included. */
  readonly forwarding: Counts;
  readonly transport: Counts;
  /** Packets that FlorIO took and lost, frames and messages; summed over all portals. */
  readonly florio: Counts;
}
