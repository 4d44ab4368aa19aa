import { DataThread, type NativeLane, type NativeLaneEvent, readLaneEvents } from "@florenetes/data-plane";
import type { ProcessTime } from "@florenetes/scheduling";
import { LaneCluster } from "./lane-cluster.ts";
import type { ClusterPlane } from "../../../cluster-plane.ts";
import type { DataPlane } from "../../data-plane.ts";

/**
 * The data thread, which has the sockets of all clusters, and the connections of the links that are up. The thread rings when it has
 * events; they are then taken all at once, and each cluster gets its own.
 */
export class NativeDataPlane implements DataPlane {
  readonly #thread: DataThread<NativeLane>;
  readonly #now: () => number;
  /** Clusters by number. A number is used again once the thread has let go of its cluster. */
  readonly #clusters = new Map<number, LaneCluster>();
  /** The cluster of each session that the thread has, by the session's number. */
  readonly #ofSession = new Map<number, LaneCluster>();
  #lastSession = 0;

  /** Starts the thread; throws when the system does not give one. To be called only when the native engine is in use. */
  constructor(time: ProcessTime) {
    this.#now = time.now;
    this.#thread = new DataThread({
      time,
      start: ({ NativeLane: Lane }, now, bell) => new Lane(now, bell),
      onEvents: (batch) => readLaneEvents(batch, (event) => this.#handleEvent(event)),
    });
  }

  addCluster(): ClusterPlane {
    const number = freeNumber(this.#clusters);
    const cluster = new LaneCluster({
      native: this.#thread.native,
      cluster: number,
      now: this.#now,
      newSession: () => {
        this.#ofSession.set(++this.#lastSession, cluster);
        return this.#lastSession;
      },
      forgetSession: (session) => void this.#ofSession.delete(session),
      forget: () => {
        this.#clusters.delete(number);
        for (const [session, owner] of this.#ofSession) if (owner === cluster) this.#ofSession.delete(session);
      },
    });
    this.#clusters.set(number, cluster);
    return cluster;
  }

  /** Whether the thread goes on, as `DataThread.isAnswering` says. */
  isAnswering(): boolean {
    return this.#thread.isAnswering();
  }

  /** Stops the thread. */
  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  #handleEvent(event: NativeLaneEvent): void {
    if ("cluster" in event) {
      this.#clusters.get(event.cluster)?.handleEvent(event);
      return;
    }
    this.#ofSession.get(event.session)?.handleSessionEvent(event);
  }
}

/** The lowest free number: the thread has places for as many clusters as a config may name. */
function freeNumber(taken: ReadonlyMap<number, unknown>): number {
  let number = 0;
  while (taken.has(number)) number++;
  return number;
}
