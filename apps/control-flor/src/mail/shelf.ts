/** The proposals of this replica, as it shows them to others: those that wait, in the order of their ids. */
import { hash } from "node:crypto";
import { compareTexts } from "../fabric/compare-texts.ts";
import { TOLD_MAX } from "../proposals/limits.ts";
import { isHearsay, type KeptProposal } from "../proposals/proposal-book.ts";
import { type Listed, type ListAnswer, NO_STATE, NOWHERE } from "./letters.ts";
import { LISTED_AT_ONCE, PART_SIZE, TEXT_SIZE_MAX } from "./limits.ts";

/** Proposals that wait, and of which others have told, of one replica to which they were brought. */
interface Told {
  count: number;
  /** A proposal that others only say was brought there; undefined: there is none. */
  hearsay: string | undefined;
  /** The proposal that has come last. */
  last: string;
}

/** A replica to which a proposal was brought, as somebody tells. */
export interface Origin {
  readonly replica: string;
  /** Whether it tells so itself. */
  readonly isItself: boolean;
}

interface Shown {
  readonly kept: KeptProposal;
  readonly octets: Buffer;
  readonly listed: Listed;
}

/** 16 octets of SHA-256, in lower-case hex. */
export function digestOf(octets: Uint8Array): string {
  return hash("sha256", octets, "hex").slice(0, NO_STATE.length);
}

export class Shelf {
  #shown: ReadonlyMap<string, Shown> = new Map();
  #listed: readonly Listed[] = [];
  /** Ids of proposals that are kept and wait no more: nothing is taken for these. */
  #done: ReadonlySet<string> = new Set();
  #state = stateOf([]);
  /** By the replicas to which they were brought. */
  readonly #told = new Map<string, Told>();

  /** A digest of all that is shown: equal where that is. */
  get state(): string {
    return this.#state;
  }

  /** Takes all proposals that are kept, by the ids of their records, in the place of those before. Returns whether one that waited has left without an outcome. */
  put(all: ReadonlyMap<string, KeptProposal>): boolean {
    const former = this.#shown;
    const shown = new Map<string, Shown>();
    const done = new Set<string>();
    this.#told.clear();
    for (const [id, kept] of all) {
      const { state } = kept;
      if (state !== "waits") done.add(id);
      else {
        this.#count(id, kept);
        const known = former.get(id);
        const one = known?.kept === kept ? known : shownOf(id, kept);
        if (one.listed.size <= TEXT_SIZE_MAX) shown.set(id, one);
      }
    }
    this.#shown = shown;
    this.#done = done;
    this.#listed = [...shown.values()].map(({ listed }) => listed).toSorted((a, b) => compareTexts(a.id, b.id));
    this.#state = stateOf(this.#listed);
    return [...former.keys()].some((id) => !shown.has(id) && !done.has(id));
  }

  /**
   * Whether there is a place for a further proposal that was brought to a replica, of its share: a free one, or that of another proposal, whose id is returned. Such a one goes where the origin
   * tells itself, and others only say that it was brought there; or where all places are taken, of a replica that is none any more, or has more than its share by now.
   */
  placeFor({ replica, isItself }: Origin, share: number, isReplica: (name: string) => boolean): boolean | string {
    const told = this.#told.get(replica);
    if (told !== undefined && told.count >= share) return isItself && (told.hearsay ?? false);
    const all = [...this.#told];
    if (all.reduce((sum, [, { count }]) => sum + count, 0) < TOLD_MAX) return true;
    return all.find(([name, { count }]) => !isReplica(name) || count > share)?.[1].last ?? false;
  }

  /** Whether a proposal that waits was brought to a replica, and others alone have said so. */
  isHearsayOf(id: string, replica: string): boolean {
    const kept = this.#shown.get(id)?.kept;
    return kept !== undefined && isHearsay(kept, replica);
  }

  isDone(id: string): boolean {
    return this.#done.has(id);
  }

  /** The copy of a proposal that waits; undefined: there is none. */
  copyOf(id: string): string | undefined {
    return this.#shown.get(id)?.listed.copy;
  }

  /** Lists the proposals behind an id. */
  list(after: string): ListAnswer {
    const rest = this.#listed.filter(({ id }) => id > after);
    return { state: this.#state, listed: rest.slice(0, LISTED_AT_ONCE), hasMore: rest.length > LISTED_AT_ONCE };
  }

  #count(id: string, kept: KeptProposal): void {
    const { toldBy, broughtAt } = kept;
    if (toldBy === null) return;
    const place = broughtAt ?? toldBy;
    const told = this.#told.get(place) ?? { count: 0, hearsay: undefined, last: id };
    told.count++;
    told.last = id;
    if (toldBy !== broughtAt) told.hearsay = id;
    this.#told.set(place, told);
  }

  /** Octets of a copy; undefined: it is not there any more, or has no octets there. */
  part(id: string, copy: string, offset: number): Uint8Array | undefined {
    const shown = this.#shown.get(id);
    if (shown?.listed.copy !== copy || offset >= shown.octets.length) return undefined;
    return shown.octets.subarray(offset, offset + PART_SIZE);
  }
}

function stateOf(listed: readonly Listed[]): string {
  return digestOf(Buffer.from(listed.map(({ id, copy }) => id + copy).join(""), "hex"));
}

function shownOf(id: string, kept: KeptProposal): Shown {
  const octets = Buffer.from(kept.record);
  const { brought, toldBy, broughtAt, by } = kept;
  const at = toldBy === null ? "" : (broughtAt ?? NOWHERE);
  const listed = { id, copy: digestOf(octets), size: octets.length, brought, at, by };
  return { kept, octets, listed };
}
