import type { EndConnections } from "./end-connections.ts";
import { isUnanswered, silenceMs } from "./connections/silence.ts";
import type { Trunk } from "./tunnels/trunk.ts";

/** Whether the far end of a path can be reached, judged by its packets and acknowledgements, which nobody else can make. */
export interface Reach {
  /** Null when no tunnel or session uses the path, or none of them keeps a connection now. */
  readonly isReachable: boolean | null;
  /** How long ago the far end was heard, in milliseconds; null: never. */
  readonly heardMs: number | null;
}

interface Ends {
  readonly connections: EndConnections;
  readonly trunks: Iterable<Trunk>;
}

interface Heard {
  readonly at: number;
  /** Whether no connection over the path got an answer lately, though the far end was asked. */
  isUnanswered: boolean;
  /** The smoothed round trip at that time, in milliseconds. */
  readonly rttMs: number;
  readonly quietMs: number;
}

/** When the far ends of paths were heard. A first link that is up says nothing about the links behind it. */
export class PathReach {
  /** By the path's name. */
  readonly #heard = new Map<string, Heard>();
  readonly #ends: () => Ends;

  /** @param ends Returns all present ends. */
  constructor(ends: () => Ends) {
    this.#ends = ends;
  }

  /** Notes what was heard, so that it outlives the connections. To be called once a second. */
  update(now: number): void {
    const { connections } = this.#ends();
    const answered = new Set<string>();
    const unanswered = new Set<string>();
    for (const connection of connections.all()) {
      const path = connections.trunkOf(connection)?.options.path;
      if (path === undefined || connection.peerHello === undefined) continue;
      const { silentMs, unansweredMs, rttMs, quietMs } = connection.stats(now);
      (isUnanswered(unansweredMs, rttMs) ? unanswered : answered).add(path);
      const at = now - silentMs;
      if (at > (this.#heard.get(path)?.at ?? Number.NEGATIVE_INFINITY))
        this.#heard.set(path, { at, rttMs, quietMs, isUnanswered: false });
    }
    for (const [path, heard] of this.#heard) heard.isUnanswered = unanswered.has(path) && !answered.has(path);
  }

  /**
   * Looks once at all connections, however many paths there are. Returns a function that tells the present reach of a
   * path, by its name.
   */
  look(now: number): (path: string) => Reach {
    this.update(now);
    const trunks = Map.groupBy(this.#ends().trunks, ({ options }) => options.path);
    return (path) => this.#reachOf(path, trunks.get(path) ?? [], now);
  }

  /** @param using The trunks over the path. */
  #reachOf(path: string, using: readonly Trunk[], now: number): Reach {
    const isBusy = using.some(({ hasStreams, clients }) => hasStreams || clients.areWaiting);
    const heard = this.#heard.get(path);
    const heardMs = heard === undefined ? null : Math.round(now - heard.at);
    if (!isBusy && !using.some(({ isNeeded }) => isNeeded)) return { isReachable: null, heardMs };
    const isHeard = heardMs !== null && heardMs < silenceMs(isBusy, heard?.rttMs ?? 0) + (heard?.quietMs ?? 0);
    return { isReachable: isHeard && heard?.isUnanswered !== true, heardMs };
  }
}
