import type { RevocationStatus, TrustStatus } from "@florenetes/identity";
import type {
  ConfigStatus,
  MetricsStatus,
  ProcessStatus,
  ServerCertificateStatus,
  StatusFinding,
} from "@florenetes/process-kit";
import type { AsOf } from "../api/as-of.ts";

/**
 * The output of `control-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started, and `null` stands for what is not known (yet).
 */
export interface ControlFlorStatus {
  /** Id of this life of the process, hexadecimal. */
  readonly instance: string;
  readonly startedAt: string;
  readonly version: string;
  readonly cluster: string;
  /** Everything that is wrong with what is configured; causes come before their consequences. */
  readonly findings: readonly StatusFinding[];
  readonly config: ConfigStatus;
  readonly metrics: MetricsStatus | null;
  readonly process: ProcessStatus;
  readonly agent: {
    /** How new what it has told is; null: it has not answered yet. */
    readonly asOf: AsOf | null;
    /** How often it has answered. */
    readonly looks: number;
    /** The code of why it does not answer; null: it does. */
    readonly fault: string | null;
  };
  readonly requests: {
    readonly connections: number;
    /** Connections that cluster-flor has not brought. */
    readonly refused: number;
    /** Streams of events that are open. */
    readonly streams: number;
    /** Answers by their HTTP status. */
    readonly answers: Readonly<Record<string, number>>;
  };
  readonly audit: AuditStatus;
  /** The address at which users ask without a node of the mesh; null: there is none. */
  readonly https: HttpsStatus | null;
  readonly replicas: {
    /** The code of why the agent brings no letters of them; null: it does, or there are no others. */
    readonly fault: string | null;
    /** The other hosts of the service of replicas. */
    readonly others: readonly ReplicaStatus[];
  };
  /** Proposals that are kept, by their state. */
  readonly proposals: Readonly<Record<string, number>>;
}

/** The requests that this replica remembers. */
export interface AuditStatus {
  readonly entries: number;
  /** Entries that could not be written since the process began. */
  readonly lost: number;
  /** The system's code of why none can be written; null: they can. */
  readonly fault: string | null;
}

/** The address at which users ask without a node, and who has asked. */
export interface HttpsStatus {
  /** The address in the form of the config: `tcp://192.0.2.7:8443`. */
  readonly listen: string;
  /** The certificate that browsers are shown. */
  readonly certificate: ServerCertificateStatus;
  /** Connections of users. */
  readonly connections: number;
  /** Connections that have proven no user, by the code of why; `TOO_MUCH`: turned away unheard. */
  readonly refused: Readonly<Record<string, number>>;
  /** The roots by which users are judged, and their revocation lists. */
  readonly trust: TrustStatus;
  readonly revocation: RevocationStatus;
}

export interface ReplicaStatus {
  readonly node: string;
  /** When a letter or an answer of it came last; null: none has. */
  readonly heardMsAgo: number | null;
  /** Letters to it, by what came of them: `answered`, or why not. */
  readonly letters: Readonly<Record<string, number>>;
  /** Proposals that were read of it, by what came of them: `taken`, `signed` (it has brought signatures), or why nothing was added. */
  readonly proposals: Readonly<Record<string, number>>;
  /** Letters and answers of it that were none. */
  readonly faults: number;
  /** When the last of them was; null: there was none. */
  readonly faultMsAgo: number | null;
}

/** The part of the status that the program gathers; the admin socket adds the process and the findings. */
export type RoomsStatus = Omit<ControlFlorStatus, "process" | "findings">;
