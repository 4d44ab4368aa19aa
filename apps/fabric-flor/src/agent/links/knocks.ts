import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import type { NodeStanding } from "../records/standing.ts";
import { CANDIDATES_MAX } from "./limits.ts";

/**
 * Why a knock was not heard. `void`: the node was taken back; `late`: the link is there, or on its way; `key`: the node has announced other keys; `full`: the
 * owner lets the agent have no more links; `strangers`: there are as many candidates as may be; `slowed`: the vertex has knocked in vain too often.
 */
export type KnockDrop = "void" | "late" | "key" | "full" | "strangers" | "slowed";

/** A knock, and all by which it is judged. */
export interface KnockSight {
  readonly standing: NodeStanding;
  /** The link is there, is on its way, or is the operator's. */
  readonly isLate: boolean;
  /** The hash of the key that has knocked, and the keys that the node has announced; undefined: none is known. */
  readonly key: string;
  readonly keys: readonly string[] | undefined;
  readonly isSeed: boolean;
  readonly candidates: number;
  /** Links that are ordered, and how many there may be. */
  readonly orders: number;
  readonly most: number;
  /** Ends a candidate for one that comes, or for a node; false: there is none that may be ended. */
  readonly makeRoom: (isForNode: boolean) => boolean;
}

/** Drops of vertices that have not proven to be a node which may come in. */
const IN_VAIN: ReadonlySet<KnockDrop> = new Set(["void", "key", "strangers"]);

/** Judges who is let in that knocks, and counts. Pure. */
export class Knocks {
  heard = 0;
  readonly dropped: Map<KnockDrop, number> = new Map();
  readonly #misuse: Misuse;

  constructor(misuse: Misuse) {
    this.#misuse = misuse;
  }

  /** Says whether a vertex is let in as a neighbour or as a candidate; undefined: it is not. */
  judge(peer: string, at: Moment, sight: KnockSight): "neighbour" | "candidate" | undefined {
    const by = { by: "neighbour", name: peer } as const;
    const isSlowed = !isProven(sight) && !this.#misuse.mayLook("authentication", by, at);
    const verdict = isSlowed ? "slowed" : verdictOf(sight);
    if (verdict === "candidate" || IN_VAIN.has(verdict as KnockDrop)) this.#misuse.count("authentication", by, at);
    if (verdict === "neighbour" || verdict === "candidate") {
      this.heard++;
      return verdict;
    }
    this.dropped.set(verdict, (this.dropped.get(verdict) ?? 0) + 1);
    return undefined;
  }
}

/** Whether it is a node with the key that it has announced. Another vertex of its name keeps it from nothing. */
function isProven({ standing, key, keys }: KnockSight): boolean {
  return standing.kind === "node" && keys?.includes(key) === true;
}

function verdictOf(sight: KnockSight): "neighbour" | "candidate" | KnockDrop {
  const { standing, isLate, key, keys, isSeed, candidates, orders, most, makeRoom } = sight;
  if (standing.kind === "void") return "void";
  if (isLate) return "late";
  if (keys !== undefined && !keys.includes(key)) return "key";
  const isNode = standing.kind === "node" || isSeed;
  if (isNode) return orders < most || makeRoom(true) ? "neighbour" : "full";
  if (most === 0) return "full";
  // Half of the links at least are for nodes.
  const candidatesMost = Math.min(CANDIDATES_MAX, Math.ceil(most / 2));
  if (candidates >= candidatesMost) return makeRoom(false) ? "candidate" : "strangers";
  return orders < most ? "candidate" : "full";
}
