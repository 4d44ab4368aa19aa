/**
 * Links of an edge to nodes that say that they are crowded. The edge makes a link to one that is not, and gives the crowded one up once it has enough others: at a moment of
 * its own, so that not all leave at once. Whom it calls instead it chooses by itself, out of records that those have signed: a crowded node names nobody. Pure.
 */
import { drawnBy } from "@florenetes/scheduling";
import type { View } from "../door/view.ts";
import type { KnownPlaces } from "./known-places.ts";
import {
  CROWDED_STAY_MS,
  EDGE_LINKS,
  LEAVE_JITTER_MS,
  LEAVE_PAUSE_MS,
  SPARE_MS,
  TIGHT_LAST_MS,
  TIGHT_MS,
  TIGHT_PAUSE_MS,
  TIGHT_REST_MS,
} from "./limits.ts";
import type { PeerLink } from "./peer-link.ts";

/** The links of an edge, and what it knows of others. */
export interface EdgeSight {
  readonly links: Iterable<PeerLink>;
  readonly view: View;
  readonly known: Pick<KnownPlaces, "isHub" | "hubs" | "crowded" | "isTight">;
  /** Peers whose links stay: they serve what is wanted here, or were asked for. */
  readonly kept: ReadonlySet<string>;
}

export interface Leaving {
  readonly peer: string;
  readonly isDue: boolean;
  readonly needsOther: boolean;
}

export class CrowdedHubs {
  /** Links that were given up. */
  left = 0;
  readonly #node: string;
  /** Since when neighbours have been crowded without a break: monotonic. */
  readonly #since = new Map<string, number>();
  #leftAt = Number.NEGATIVE_INFINITY;
  #restsUntil = Number.NEGATIVE_INFINITY;

  /** @param node The name of this node */
  constructor(node: string) {
    this.#node = node;
  }

  forget(): void {
    this.#since.clear();
    this.#leftAt = Number.NEGATIVE_INFINITY;
    this.#restsUntil = Number.NEGATIVE_INFINITY;
  }

  /**
   * The neighbour whose link is to be given up: at once (`isDue`), or once another link stands in its place, which may have to be made (`needsOther`).
   *
   * @param now Monotonic milliseconds
   */
  look({ links, view, known, kept }: EdgeSight, now: number): Leaving | undefined {
    const all = [...links].filter(({ candidateSince }) => candidateSince === undefined);
    const up = all.filter(({ phase }) => phase === "up");
    const crowded = new Set(up.filter(({ peer }) => known.crowded.has(peer)).map(({ peer }) => peer));
    for (const peer of this.#since.keys()) if (!crowded.has(peer)) this.#since.delete(peer);
    for (const peer of crowded) this.#since.set(peer, this.#since.get(peer) ?? now);
    const { isTight } = known;
    if (known.isHub || now < this.#leftAt + (isTight ? TIGHT_PAUSE_MS : LEAVE_PAUSE_MS)) return undefined;
    const inUse = peersInUse(view);
    const leavesAt = (peer: string): number => this.#leavesAt(peer, isTight, up.length);
    const mayGo = up.filter(
      ({ peer, endpoint }) => endpoint !== undefined && now >= leavesAt(peer) && !kept.has(peer) && !inUse.has(peer),
    );
    const [link] = mayGo.toSorted((a, b) => leavesAt(a.peer) - leavesAt(b.peer));
    if (link === undefined) return undefined;
    const others = all.filter((each) => each !== link && each.isOrdered);
    const steady = others.filter((each) => each.upForMs(now) >= SPARE_MS);
    const ofFile = view.links.filter(({ overlay, state }) => !overlay && state === "up").length;
    const areEnough = (some: readonly PeerLink[]): boolean => {
      if (isTight) return some.length + ofFile > 0;
      // Links that count for nothing would have the crowded node called again.
      const count = some.filter(({ peer }) => known.hubs.has(peer) || kept.has(peer)).length;
      return count + ofFile >= EDGE_LINKS && some.some(({ peer }) => isRoomy(peer, known));
    };
    const isDue = areEnough(steady);
    if (isDue) {
      this.left++;
      this.#leftAt = now;
      if (isTight) this.#restsUntil = now + TIGHT_REST_MS * (1 + this.#part(link.peer) / 2);
    }
    return { peer: link.peer, isDue, needsOther: !areEnough(others) };
  }

  /** Whether this node makes no more than one link, for the sake of others who have none: so it is where places are few, and for a while where it has given up links for that. */
  leavesRoom({ isTight }: Pick<KnownPlaces, "isTight">, now: number): boolean {
    return isTight || now < this.#restsUntil;
  }

  #leavesAt(peer: string, isTight: boolean, links: number): number {
    const since = (this.#since.get(peer) ?? Number.POSITIVE_INFINITY) + CROWDED_STAY_MS;
    if (!isTight) return since + LEAVE_JITTER_MS * this.#part(peer);
    return since + (links > 2 ? TIGHT_MS * this.#part(peer) : TIGHT_MS + TIGHT_LAST_MS * this.#part(peer));
  }

  #part(peer: string): number {
    return drawnBy(`${this.#node} ${peer} leaves`);
  }
}

/** Whether a node lets others in, and has room. */
export function isRoomy(peer: string, { hubs, crowded }: Pick<KnownPlaces, "hubs" | "crowded">): boolean {
  return hubs.has(peer) && !crowded.has(peer);
}

/** Neighbours over which connections of this node's paths go at present. */
export function peersInUse({ routes }: Pick<View, "routes">): ReadonlySet<string> {
  const used = routes.filter(({ inUse }) => inUse.length > 0);
  return new Set(used.map(({ route }) => route.split(">")[0]!));
}
