import type { ConfigStatus, MetricsStatus, ProcessStatus, StatusFinding } from "@florenetes/process-kit";
import { SHARDS } from "../flows/limits.ts";
import { PacketFlows } from "../flows/packet-flows.ts";
import { TRAFFIC_CLASS_NAMES, type TrafficClassName } from "@florenetes/forwarding";

/**
 * The output of `vpn-flor status --json`, and the answer of the admin socket at `/status`. Other programs read it: names and
 * meanings are stable, new ones may be added. Wall-clock times are ISO 8601 strings, durations are milliseconds (`…Ms`),
 * counters count since the process started, and `null` stands for what is not known (yet).
 */
export interface VpnFlorStatus {
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
  readonly pool: string;
  /** Name of the TUN device. */
  readonly device: string;
  /** The client's end; null: this process is an egress. */
  readonly up: UpStatus | null;
  /** The egress; null: this process is a client. */
  readonly egress: EgressStatus | null;
}

/** The part of the status that the program gathers; the admin socket adds the process and the findings. */
export type RoomsStatus = Omit<VpnFlorStatus, "process" | "findings">;

export interface UpStatus {
  /** Whether a session is up. */
  readonly isUp: boolean;
  /** The addresses that the present session has brought. */
  readonly addresses: readonly string[];
  /** Ranges that the egress leads to, as `first-last`; 16 at most. */
  readonly routes: readonly string[];
  readonly mtu: number;
  /** Why systemd-resolved has not taken the resolvers of the config; null: it has, or there are none, or no session was up yet. */
  readonly dnsFault: string | null;
  readonly sessions: {
    readonly tried: number;
    readonly up: number;
    /** Sessions that were given up for another one, which was up already. */
    readonly moved: number;
    /** By the code of their end. */
    readonly ended: Readonly<Record<string, number>>;
    /** The code of the last end; null: none has ended. */
    readonly lastEnd: string | null;
  };
  /** From the end of a session to the next one that was up. */
  readonly recovery: { readonly count: number; readonly lastMs: number; readonly longestMs: number };
  readonly shards: readonly ShardStatus[];
  /** Packets that were dropped, by cause. */
  readonly drops: Readonly<Record<string, number>>;
}

export interface EgressStatus {
  readonly clients: number;
  readonly clientsMax: number;
  /** The addresses that are asked whether the world behind the egress is there; null: none are. */
  readonly world: {
    readonly probes: number;
    /** Whether one answers. Without that, no client is taken. Null: none has answered yet. */
    readonly isThere: boolean | null;
    /** How often the world has fallen silent. */
    readonly losses: number;
  } | null;
  readonly sessions: {
    readonly up: number;
    /** Sessions whose principal got another address than its own by right, as another client had that one. */
    readonly moved: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly ended: Readonly<Record<string, number>>;
  };
  /** Over all clients, those that have left too. */
  readonly shards: readonly ShardStatus[];
  readonly drops: Readonly<Record<string, number>>;
}

/** The traffic of the flows of a class that have the same number. */
export interface ShardStatus {
  readonly class: TrafficClassName;
  readonly shard: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  /** Packets among those that were sent that had to be dropped before cluster-flor took them: too many waited for it. */
  readonly droppedPackets: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
}

/** The shards of several sessions, added up. */
export function shardsStatus(sessions: Iterable<PacketFlows>): ShardStatus[] {
  const sum = new PacketFlows(SHARDS);
  for (const flows of sessions) sum.absorb(flows);
  return sum.counts().map(({ trafficClass, shard, counts }) => ({
    class: TRAFFIC_CLASS_NAMES[trafficClass]!,
    shard,
    sentPackets: counts.sentPackets,
    sentBytes: counts.sentBytes,
    droppedPackets: counts.droppedPackets,
    receivedPackets: counts.receivedPackets,
    receivedBytes: counts.receivedBytes,
  }));
}
