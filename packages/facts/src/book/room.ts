/** How much the book holds, and who has issued what of it. */
import type { Fact } from "../fact.ts";
import { ISSUED_SLOTS_MAX, OCTETS_MAX, RECORDS_MAX } from "./limits.ts";
import type { Held, Slot } from "./slot.ts";
import { isByQuorum } from "./standing.ts";

/** Bounds of a book. Tests have smaller ones than nodes. */
export interface RoomLimits {
  readonly records: number;
  /** Octets of all records together. */
  readonly octets: number;
  /** Slots in which one node may issue records. */
  readonly issuedSlots: number;
}

export const ROOM_LIMITS: RoomLimits = { records: RECORDS_MAX, octets: OCTETS_MAX, issuedSlots: ISSUED_SLOTS_MAX };

/** The issuer under which records of the log's signers are found. No node has this name. */
const LOG = "";

/** Counts the records of a book, and finds those that no quorum has signed by who has. */
export class Room {
  records = 0;
  octets = 0;
  readonly #limits: RoomLimits;
  readonly #issued = new Map<string, Set<Slot>>();

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** Slots with records that a node has issued, or, without a name, those of the log's signers. */
  issuedBy(issuer: string = LOG): Iterable<Slot> {
    return this.#issued.get(issuer) ?? [];
  }

  add(slot: Slot, { fact }: Held): void {
    this.records++;
    this.octets += fact.octets.length;
    if (isByQuorum(fact)) return;
    const issuer = fact.issuer ?? LOG;
    const slots = this.#issued.get(issuer) ?? new Set();
    this.#issued.set(issuer, slots.add(slot));
  }

  /** To be called when the slot does not hold the record any more. */
  remove(slot: Slot, { fact }: Held): void {
    this.records--;
    this.octets -= fact.octets.length;
    if (isByQuorum(fact) || slot.held.some((held) => held.fact.issuer === fact.issuer && !isByQuorum(held.fact)))
      return;
    const issuer = fact.issuer ?? LOG;
    const slots = this.#issued.get(issuer);
    slots?.delete(slot);
    if (slots?.size === 0) this.#issued.delete(issuer);
  }

  /** Whether a node may issue a record in this slot. */
  mayIssue(slot: Slot, { issuer = LOG }: Fact): boolean {
    const slots = this.#issued.get(issuer);
    return slots === undefined || slots.has(slot) || slots.size < this.#limits.issuedSlots;
  }

  /** Whether a record of so many octets finds room once others have gone. */
  hasRoom(size: number, gone: readonly Held[]): boolean {
    const octets = gone.reduce((sum, held) => sum + held.fact.octets.length, 0);
    return this.records - gone.length + 1 <= this.#limits.records && this.octets - octets + size <= this.#limits.octets;
  }

  /** The record that goes first where there is no room: of those that nodes have issued, outside of one slot, the one that ends first. */
  first(except: Slot): { readonly slot: Slot; readonly held: Held } | undefined {
    let first: { readonly slot: Slot; readonly held: Held } | undefined;
    for (const slots of this.#issued.values()) {
      for (const slot of slots) {
        if (slot === except) continue;
        for (const held of slot.held) {
          const isFirst = first === undefined || held.fact.expires < first.held.fact.expires;
          if (isFirst && !isByQuorum(held.fact)) first = { slot, held };
        }
      }
    }
    return first;
  }
}
