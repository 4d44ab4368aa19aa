/** The slots of a book, found by name, kind, id and node; and the rows that are to be kept of them. */
import { Deadlines } from "@florenetes/scheduling";
import type { Fact } from "../fact.ts";
import { slotOf } from "../slots.ts";
import type { Row, RowChange } from "./book-events.ts";
import { Room, type RoomLimits } from "./room.ts";
import { nodeOf, type RowSection } from "./sections.ts";
import { type Held, Slot } from "./slot.ts";
import { isByQuorum } from "./standing.ts";

export class Shelf {
  readonly room: Room;
  readonly ends: Deadlines<Slot> = new Deadlines();
  readonly #slots = new Map<string, Slot>();
  readonly #kinds = new Map<string, Set<Slot>>();
  readonly #slotsById = new Map<string, Slot>();
  /** Slots of roles, by their nodes. */
  readonly #roles = new Map<string, Set<Slot>>();
  readonly #changes = new Map<string, RowChange>();
  /** Counts what has changed of the records and signatures that are held. */
  version = 0;

  constructor(limits: RoomLimits) {
    this.room = new Room(limits);
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  /** All slots, in the order in which they came; slots may come and go meanwhile. */
  values(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  ofKind(kind: string): readonly Slot[] {
    return [...(this.#kinds.get(kind) ?? [])];
  }

  /** The slot of the record with this id, which may be a void one whose keys do not count. */
  byId(id: string): Slot | undefined {
    return this.#slotsById.get(id);
  }

  /** Slots of a node's roles, in all scopes. */
  rolesOf(node: string): readonly Slot[] {
    return [...(this.#roles.get(node) ?? [])];
  }

  /**
   * Slots to look at where what is in force of one has changed: those that its node has issued, and the node's own, whose section a role decides.
   *
   * @param fact The record that is in force, or was before
   */
  dependentsOf({ kind, scope, name }: Slot, fact: Fact): readonly Slot[] {
    const node = isByQuorum(fact) && kind !== "announce" ? nodeOf(fact) : undefined;
    if (node === undefined) return [];
    const issued = [...this.room.issuedBy(node)];
    if (kind === "node" || scope !== "cluster") return issued;
    const papers = ["node", "announce"].map((kind) => this.#slots.get(slotOf({ kind, scope, subject: node })));
    const all = [...issued, ...papers, ...this.rolesOf(node)].filter((slot) => slot !== undefined);
    return all.filter((slot) => slot.name !== name);
  }

  /** The slot of a record, which is made where there is none. */
  open(fact: Fact): Slot {
    const name = slotOf(fact);
    const found = this.#slots.get(name);
    if (found !== undefined) return found;
    const slot = new Slot(name, fact);
    this.#slots.set(name, slot);
    addTo(this.#kinds, slot.kind, slot);
    const node = roleNodeOf(slot);
    if (node !== undefined) addTo(this.#roles, node, slot);
    return slot;
  }

  /** Takes a slot away that holds nothing. */
  close(slot: Slot): void {
    if (slot.held.length > 0 || slot.fallen !== undefined) return;
    this.#slots.delete(slot.name);
    this.ends.remove(slot);
    removeFrom(this.#kinds, slot.kind, slot);
    const node = roleNodeOf(slot);
    if (node !== undefined) removeFrom(this.#roles, node, slot);
  }

  add(slot: Slot, held: Held): void {
    this.version++;
    slot.held.push(held);
    this.#slotsById.set(held.fact.id, slot);
    this.room.add(slot, held);
  }

  /** Takes a record out of its slot, or forgets the slot's void record whose keys do not count; its row goes. */
  drop(slot: Slot, held: Held): void {
    this.version++;
    slot.held = slot.held.filter((other) => other !== held);
    if (slot.fallen === held) slot.fallen = undefined;
    this.#slotsById.delete(held.fact.id);
    this.room.remove(slot, held);
    this.dropRow(held.fact.id);
  }

  /** Puts the row of a record, in a section from now on. */
  put(held: Held, section: RowSection): void {
    held.section = section;
    this.putRow({ id: held.fact.id, section, octets: held.fact.octets });
  }

  putRow(row: Row): void {
    this.#changes.delete(row.id);
    this.#changes.set(row.id, { kind: "put", ...row });
  }

  dropRow(id: string): void {
    this.#changes.delete(id);
    this.#changes.set(id, { kind: "drop", id });
  }

  pollChange(): RowChange | undefined {
    for (const [id, change] of this.#changes) {
      this.#changes.delete(id);
      return change;
    }
    return undefined;
  }
}

function roleNodeOf(slot: Slot): string | undefined {
  return slot.kind === "role" ? nodeOf(slot) : undefined;
}

function addTo(index: Map<string, Set<Slot>>, key: string, slot: Slot): void {
  const slots = index.get(key) ?? new Set();
  index.set(key, slots.add(slot));
}

function removeFrom(index: Map<string, Set<Slot>>, key: string, slot: Slot): void {
  const slots = index.get(key);
  slots?.delete(slot);
  if (slots?.size === 0) index.delete(key);
}
