/** The proposals of this replica, as it shows them to others: those that wait, in the order of their ids. */
import { hash } from "node:crypto";
import { compareTexts } from "../fabric/compare-texts.ts";
import type { KeptProposal } from "../proposals/proposal-book.ts";
import { type Listed, type ListAnswer, NO_STATE, NOWHERE } from "./letters.ts";
import { LISTED_AT_ONCE, PART_SIZE, TEXT_SIZE_MAX } from "./limits.ts";

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
  #state = NO_STATE;
  /** Proposals that wait and that others have told of, by the replicas to which they were brought. */
  readonly #told = new Map<string, { count: number; relayed: string | undefined }>();

  /** A digest of all that is shown: equal where that is. */
  get state(): string {
    return this.#state;
  }

  /** Takes all proposals that are kept, by the ids of their records, in the place of those before. */
  put(all: ReadonlyMap<string, KeptProposal>): void {
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
        const one = known?.kept.record === kept.record ? known : shownOf(id, kept);
        if (one.listed.size <= TEXT_SIZE_MAX) shown.set(id, one);
      }
    }
    this.#shown = shown;
    this.#done = done;
    this.#listed = [...shown.values()].map(({ listed }) => listed).toSorted((a, b) => compareTexts(a.id, b.id));
    this.#state = digestOf(Buffer.from(this.#listed.map(({ id, copy }) => id + copy).join(""), "hex"));
  }

  /**
   * Whether there is a place for a further proposal that was brought to a replica, of its share: a free one, or that of a proposal (its id is returned) which others only say was brought
   * there, where the replica tells itself.
   */
  placeFor(replica: string, isToldByIt: boolean, share: number): boolean | string {
    const told = this.#told.get(replica) ?? { count: 0, relayed: undefined };
    return told.count < share || (isToldByIt && (told.relayed ?? false));
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

  #count(id: string, { toldBy, broughtAt }: KeptProposal): void {
    if (toldBy === null) return;
    const place = broughtAt ?? toldBy;
    const told = this.#told.get(place) ?? { count: 0, relayed: undefined };
    told.count++;
    if (toldBy !== broughtAt) told.relayed = id;
    this.#told.set(place, told);
  }

  /** Octets of a copy; undefined: it is not there any more, or has no octets there. */
  part(id: string, copy: string, offset: number): Uint8Array | undefined {
    const shown = this.#shown.get(id);
    if (shown?.listed.copy !== copy || offset >= shown.octets.length) return undefined;
    return shown.octets.subarray(offset, offset + PART_SIZE);
  }
}

function shownOf(id: string, kept: KeptProposal): Shown {
  const octets = Buffer.from(kept.record);
  const { brought, toldBy, broughtAt, by } = kept;
  const at = toldBy === null ? "" : (broughtAt ?? NOWHERE);
  const listed = { id, copy: digestOf(octets), size: octets.length, brought, at, by };
  return { kept, octets, listed };
}
