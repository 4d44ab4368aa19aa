import { type NativeLane, type NativeLaneEvent, openDataPlane, readLaneEvents } from "@florenetes/data-plane";
import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/timing";
import { LaneCluster } from "./lane-cluster.ts";
import type { ClusterSockets } from "../../cluster-sockets.ts";

/** How often it is looked whether the thread goes on. */
const WATCH_MS = 1_000;

/**
 * The data thread, which has the sockets of all clusters, and the connections of the links that are up. It rings when it has something
 * to tell; that is then taken in one piece, and each cluster gets what is its own.
 */
export class DataLane {
  readonly #native: NativeLane;
  readonly #now: () => number;
  readonly #watch: WakeUpTimer;
  readonly #clusters: LaneCluster[] = [];
  /** The clusters of the sessions that the thread has. */
  readonly #ofSession = new Map<number, LaneCluster>();
  #lastSession = 0;

  /** Starts the thread. Throws where the system has none for us. To be called where the native engine is in use. */
  constructor({ now, wakeUps }: ProcessTime) {
    const plane = openDataPlane();
    if (plane.kind === "absent") throw new Error(plane.reason);
    this.#now = now;
    this.#native = new plane.addon.NativeLane(now(), () => this.#takeEvents());
    this.#watch = wakeUps.timer(() => this.#watchThread());
    this.#watch.set(nextRound(now(), WATCH_MS));
  }

  /** The sockets of one more cluster. */
  addCluster(): ClusterSockets {
    const cluster = new LaneCluster({
      native: this.#native,
      cluster: this.#clusters.length,
      now: this.#now,
      newSession: () => {
        this.#ofSession.set(++this.#lastSession, cluster);
        return this.#lastSession;
      },
      forgetSession: (session) => void this.#ofSession.delete(session),
    });
    this.#clusters.push(cluster);
    return cluster;
  }

  /** Stops the thread. */
  [Symbol.dispose](): void {
    this.#watch.close();
    this.#native.close();
  }

  #watchThread(): void {
    this.#native.watch();
    this.#watch.set(nextRound(this.#now(), WATCH_MS));
  }

  #takeEvents(): void {
    const batch = this.#native.takeEvents();
    if (batch !== null && !readLaneEvents(batch, (event) => this.#handleEvent(event))) {
      throw new Error("the data thread tells an event of no kind that is known");
    }
  }

  #handleEvent(event: NativeLaneEvent): void {
    if ("cluster" in event) {
      this.#clusters[event.cluster]?.handleEvent(event);
      return;
    }
    this.#ofSession.get(event.session)?.handleSessionEvent(event);
  }
}
