import type {
  ConfigStatus,
  Counts,
  MetricsStatus,
  PressureStatus,
  ProcessStatus,
  StatusFinding,
} from "@florenetes/process-kit";
import type { EngineChoice } from "@florenetes/quic";
import type { DownCluster } from "../clusters/down-cluster.ts";
import type { ClusterPortalStatus } from "../portal/portal-status.ts";

/**
 * The output of `link-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started (a link's: since the session that carries it began), and `null` stands for what is not known (yet).
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
  /** The folder that qlog files are written to (QLOGDIR), how many there are, and how many bytes could not be written; null: there is no qlog. */
  readonly qlog: { readonly folder: string; readonly files: number; readonly bytesLost: number } | null;
  /** Everything that is wrong with what is configured; causes come before their consequences. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  readonly clusters: readonly ClusterPortalStatus[];
  /** Clusters of the config that are not served at present, and are tried again. */
  readonly down: readonly DownCluster[];
  /** The TCP address at which metrics are told; null: the config names none. */
  readonly metrics: MetricsStatus | null;
  /** Connections that were closed because their peer made QUIC keep, answer or send more than it may, by cause. */
  readonly violations: Counts;
  /** How loaded the process is. */
  readonly pressure: PressureStatus;
  readonly process: ProcessStatus;
}

/** The part of the status that the program gathers; the admin socket adds the process and the findings. */
export type RoomsStatus = Omit<LinkFlorStatus, "process" | "findings">;
