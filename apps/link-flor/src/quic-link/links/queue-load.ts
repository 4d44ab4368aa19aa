import { TrafficClass } from "@florenetes/forwarding";
import type { LinkClassCounts } from "../../link-class-counts.ts";
import { QUEUE_CLASS_DELAYS_MAX_MS } from "../limits.ts";

/**
 * Tells from the counts of the queues how long packets wait on the link where it is worst, as a part of the delay that their class may have.
 * Droppable packets are there to be dropped, and so count as no load. It performs no I/O.
 */
export class QueueLoad {
  /** The counts at the last look. */
  readonly #before = new WeakMap<object, readonly LinkClassCounts[]>();

  /** @returns the load since the last look; 1: on average packets waited as long as they may, or all were dropped. */
  look(queues: Iterable<readonly [link: object, classes: readonly LinkClassCounts[]]>): number {
    let worst = 0;
    for (const [link, classes] of queues) {
      const before = this.#before.get(link);
      this.#before.set(link, classes);
      for (const [number, counts] of classes.entries()) {
        if (number === TrafficClass.droppable) continue;
        worst = Math.max(worst, loadOf(counts, before?.[number], QUEUE_CLASS_DELAYS_MAX_MS[number]!));
      }
    }
    return worst;
  }
}

/** The load of one class. Counts that are below those before belong to another session, which began anew. */
function loadOf(counts: LinkClassCounts, before: LinkClassCounts | undefined, delayMaxMs: number): number {
  const since = before !== undefined && before.packetsSent <= counts.packetsSent ? before : undefined;
  const sent = counts.packetsSent - (since?.packetsSent ?? 0);
  const dropped = counts.droppedLate + counts.droppedFull - (since?.droppedLate ?? 0) - (since?.droppedFull ?? 0);
  if (sent === 0) return dropped > 0 ? 1 : 0;
  return (counts.delayMs - (since?.delayMs ?? 0)) / sent / delayMaxMs;
}
