import type { ConfigStatus, MetricsStatus, ProcessStatus, StatusFinding } from "@florenetes/process-kit";
import type { AgentStatus } from "./agent-status.ts";
import type { DeviceStatus } from "./device-status.ts";

/**
 * The output of `fabric-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started, and `null` stands for what is not known (yet).
 */
export interface FabricFlorStatus extends AgentStatus {
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  /** The program's version. */
  readonly version: string;
  readonly cluster: string;
  readonly node: string;
  /** The public half of the node's key, as its `node` record has to name it: 32 octets in lower-case hex. */
  readonly key: string;
  /** Everything that is wrong with what is configured; causes come before their consequences. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  /** Why records cannot be written; null: they can. */
  readonly writes: { readonly code: string; readonly text: string } | null;
  /** The TCP address at which metrics are told; null: the config names none. */
  readonly metrics: MetricsStatus | null;
  readonly device: DeviceStatus;
  readonly process: ProcessStatus;
}

/** The part of the status that the program gathers; the admin socket adds the process and the findings. */
export type RoomsStatus = Omit<FabricFlorStatus, "process" | "findings">;
