import type { DatagramRun } from "@florenetes/data-session/workload";
import { TRAFFIC_CLASS_NAMES, type TrafficClass, TrafficClass as Class } from "@florenetes/forwarding";
import { ALL_WAITING_MAX, SESSION_WAITING_MAX } from "./limits.ts";

/** A flow of datagrams, as the library for workloads has it. */
export interface PacketFlow {
  /** Datagrams that it was given and has not sent: too large ones, and old ones that made room for new ones. */
  readonly dropped: number;
  /** Bytes of its datagrams that are not sent yet. */
  readonly bytesWaiting: number;
  /** Likewise of all flows that share its data session, be they of other sessions. */
  readonly sessionBytesWaiting: number;
  /** Copies the datagrams. */
  sendRun(run: DatagramRun): void;
  close(): void;
}

/** The traffic of a shard: of all flows of a class that had the same number. */
export interface ShardCounts {
  readonly sentPackets: number;
  readonly sentBytes: number;
  /** Packets among those that were sent that the flow has dropped, as it had no room for them. */
  readonly droppedPackets: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
}

/** A place of a flow, and what it has carried with all flows that were in it. */
class Shard {
  flow: PacketFlow | undefined;
  sentPackets = 0;
  sentBytes = 0;
  droppedPackets = 0;
  receivedPackets = 0;
  receivedBytes = 0;
}

const CLASSES = TRAFFIC_CLASS_NAMES.length;

/**
 * The flows of a session by class and shard. A connection inside of the tunnel stays on one flow of its class, for as long as the flows stay. A class
 * without a flow uses that of `reliable`, and without one any other: what is late is better than what is lost.
 */
export class PacketFlows {
  /** Shards of each class, by the class' number. */
  readonly #shards: readonly (readonly Shard[])[];
  /** The flows that are there, of each class. */
  #open: (readonly Shard[])[] = Array.from({ length: CLASSES }, () => []);
  /** The shards that a class uses: its own, or those of another class. */
  #used: (readonly Shard[])[] = this.#open;

  /** @param shards how many flows each class has at most */
  constructor(shards: ReadonlyMap<TrafficClass, number>) {
    this.#shards = TRAFFIC_CLASS_NAMES.map((_, number) =>
      Array.from({ length: shards.get(number as TrafficClass) ?? 0 }, () => new Shard()),
    );
  }

  /** The lowest number of a shard without a flow; undefined: the class has all that it may have. */
  free(trafficClass: TrafficClass): number | undefined {
    const at = this.#shards[trafficClass]?.findIndex(({ flow }) => flow === undefined) ?? -1;
    return at === -1 ? undefined : at;
  }

  /** Puts a flow into a shard that `free` has named. */
  add(trafficClass: TrafficClass, shard: number, flow: PacketFlow): void {
    this.#shards[trafficClass]![shard]!.flow = flow;
    this.#order();
  }

  /** Takes a flow out that is over. */
  remove(flow: PacketFlow): void {
    for (const shard of this.#shards.flat()) if (shard.flow === flow) shard.flow = undefined;
    this.#order();
  }

  /** Closes all flows that are there. */
  close(): void {
    for (const { flow } of this.#open.flat()) flow!.close();
  }

  /** Whether the class has all its flows. */
  isWhole(trafficClass: TrafficClass): boolean {
    return this.#open[trafficClass]!.length === this.#shards[trafficClass]!.length;
  }

  /**
   * Sends datagrams of one connection over a flow of the class. Those that have no room are dropped.
   *
   * @param hash of the connection inside: the same for all of its packets
   * @returns whether there is any flow
   */
  send(trafficClass: TrafficClass, hash: number, run: DatagramRun): boolean {
    const shards = this.#used[trafficClass]!;
    if (shards.length === 0) return false;
    const shard = shards[hash % shards.length]!;
    const flow = shard.flow!;
    const before = flow.dropped;
    const count = this.#countFitting(flow, run);
    if (count > 0) flow.sendRun(count === run.count ? run : { ...run, count });
    shard.droppedPackets += flow.dropped - before + run.count - count;
    shard.sentPackets += run.count;
    for (let i = 0; i < run.count; i++) shard.sentBytes += run.lengths[i]!;
    return true;
  }

  /** How many datagrams of a run may wait, from the first one on, beside what waits in this flow, in this session and in all. */
  #countFitting(flow: PacketFlow, { lengths, count }: DatagramRun): number {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += lengths[i]!;
    const all = flow.sessionBytesWaiting;
    // So little waits in all that no bound is near: most runs cost no more than this.
    if (all + bytes <= SESSION_WAITING_MAX / 2) return count;
    let own = 0;
    for (const shards of this.#open) for (const shard of shards) own += shard.flow!.bytesWaiting;
    const room = Math.min(SESSION_WAITING_MAX - own - flow.bytesWaiting, ALL_WAITING_MAX - all - own);
    let fitting = count;
    while (fitting > 0 && bytes > room) bytes -= lengths[--fitting]!;
    return fitting;
  }

  /** Counts a datagram that has come over a flow. */
  noteReceived(trafficClass: TrafficClass, number: number, bytes: number): void {
    const shard = this.#shards[trafficClass]![number]!;
    shard.receivedPackets++;
    shard.receivedBytes += bytes;
  }

  /** Adds the counts of a session that is over. */
  absorb(other: PacketFlows): void {
    for (const { trafficClass, shard, counts } of other.counts()) {
      const sum = this.#shards[trafficClass]![shard]!;
      sum.sentPackets += counts.sentPackets;
      sum.sentBytes += counts.sentBytes;
      sum.droppedPackets += counts.droppedPackets;
      sum.receivedPackets += counts.receivedPackets;
      sum.receivedBytes += counts.receivedBytes;
    }
  }

  /** The counts of all shards, by class and number. */
  counts(): { readonly trafficClass: TrafficClass; readonly shard: number; readonly counts: ShardCounts }[] {
    return this.#shards.flatMap((shards, trafficClass) =>
      shards.map((counts, shard) => ({ trafficClass: trafficClass as TrafficClass, shard, counts })),
    );
  }

  #order(): void {
    this.#open = this.#shards.map((shards) => shards.filter(({ flow }) => flow !== undefined));
    const fallback = this.#open[Class.reliable]!.length > 0 ? this.#open[Class.reliable]! : this.#open.flat();
    this.#used = this.#open.map((shards) => (shards.length > 0 ? shards : fallback));
  }
}
