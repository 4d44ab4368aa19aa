import type { ConfigStatus, Counts, PressureStatus, ProcessStatus, StatusFinding } from "@florenetes/process-kit";
import type { EngineChoice } from "@florenetes/quic";
import type { DownCluster } from "../clusters/down-cluster.ts";
import type { ClusterPortalStatus } from "../portal/portal-status.ts";

/**
 * The output of `link-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started (those of a link: since the session began that carries it), and `null` stands for what is not known (yet).
 */
export interface LinkFlorStatus {
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  /** The program's version. */
  readonly version: string;
  /** Which QUIC engine carries the links, and why. */
  readonly engine: EngineChoice;
  /** The file that the secrets of all connections are written to (SSLKEYLOGFILE); null: none are. */
  readonly secretsFile: string | null;
  /** The folder in which all packets are told (QLOGDIR), how many files it got, and how much could not be written; null: none are told. */
  readonly qlog: { readonly folder: string; readonly files: number; readonly bytesLost: number } | null;
  /** Whatever of all that is configured is not as it should be; causes come before what follows from them. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  readonly clusters: readonly ClusterPortalStatus[];
  /** Clusters of the config that are not served at present, and are tried again. */
  readonly down: readonly DownCluster[];
  /** Connections that were closed because their peer broke the law on what it may make QUIC keep, answer or send, by cause. */
  readonly violations: Counts;
  /** How loaded the process is. */
  readonly pressure: PressureStatus;
  readonly process: ProcessStatus;
}

/** Status of the rooms: the rest is made of it. */
export type RoomsStatus = Omit<LinkFlorStatus, "process" | "findings">;
