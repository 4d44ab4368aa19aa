import type { ConfigStatus, MetricsStatus, ProcessStatus, StatusFinding } from "@florenetes/process-kit";
import type { GatewayStatus } from "./gateway-status.ts";
import type { KeepStatus } from "./keep-status.ts";
import type { StorageStatus } from "./storage-status.ts";
import type { SourceFault, SourceStatus } from "@florenetes/releases";

/**
 * The output of `store-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started, and `null` stands for what is not known (yet).
 */
export interface StoreFlorStatus {
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  readonly version: string;
  readonly cluster: string;
  readonly node: string;
  /** Everything that is wrong with what is configured; causes come before their consequences. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  readonly metrics: MetricsStatus | null;
  readonly process: ProcessStatus;
  readonly serving: ServingStatus;
  /** Null: it is no store of releases. */
  readonly store: StoreStatus | null;
  /** Null: it is no cache. */
  readonly cache: CacheStatus | null;
  /** Null: it is no holder of collections. */
  readonly storage: StorageStatus | null;
  /** Null: it is no gateway for restic. */
  readonly gateway: GatewayStatus | null;
  /** Null: it does not keep what the fabric has of itself. */
  readonly keep: KeepStatus | null;
}

export interface ServingStatus {
  readonly connections: number;
  /** Requests that are being answered. */
  readonly readers: number;
  /** Connections that cluster-flor has not brought. */
  readonly refused: number;
  /** Connections of those who had too many. */
  readonly turnedAway: number;
  /** Readers that were cut, as they took too little. */
  readonly slow: number;
  /** Octets of files that were sent. */
  readonly octets: number;
  /** Answers by their HTTP status. */
  readonly answers: Readonly<Record<string, number>>;
}

export interface StoreStatus {
  readonly folder: string;
  /** The system's reason for which the folder cannot be read; null: it can. */
  readonly fault: string | null;
}

export interface CacheStatus {
  readonly role: {
    /** Whether the node may serve: it has the role, or needs none. */
    readonly isInForce: boolean;
    /** The code of why the agent says nothing; null: it does, or is not asked. */
    readonly fault: string | null;
  };
  readonly metadata: {
    readonly refreshes: number;
    /** The code of why the last refresh has failed; null: it has not. */
    readonly fault: string | null;
  };
  readonly packages: {
    /** Octets that are kept, and that may be. */
    readonly octets: number;
    readonly budget: number;
    readonly kept: number;
    readonly fetching: number;
    /** Packages that were here, that were fetched, and readers who waited for another one's. */
    readonly hits: number;
    readonly misses: number;
    readonly shared: number;
    /** Packages that went for others. */
    readonly evictions: number;
    /** Packages that the disk had changed. */
    readonly damaged: number;
    /** Fetches that came to nothing. */
    readonly failures: number;
    /** The system's reason for which the disk takes or gives nothing; null: it does. */
    readonly fault: string | null;
  };
  readonly sources: readonly CacheSourceStatus[];
}

/** A store, or another cache. */
export interface CacheSourceStatus extends SourceStatus {
  /** Octets that have come from it. */
  readonly octets: number;
  /** Faults by their kind. */
  readonly faults: Readonly<Partial<Record<SourceFault, number>>>;
}

/** The part of the status that the program gathers; the admin socket adds the process and the findings. */
export type RoomsStatus = Omit<StoreFlorStatus, "process" | "findings">;
