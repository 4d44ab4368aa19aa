/** The slots of a coordinator, by their names, by their origins and by the organizations of these. Pure. */
import { newSlot, type Slot } from "./lease-slot.ts";

export class SlotTable {
  readonly #slots = new Map<string, Slot>();
  readonly #byOrigin = new Map<string, Set<Slot>>();
  readonly #byOrganization = new Map<string, Set<Slot>>();

  get size(): number {
    return this.#slots.size;
  }

  names(): Iterable<string> {
    return this.#slots.keys();
  }

  /** All slots, in the order in which they were asked for. */
  all(): Iterable<Slot> {
    return this.#slots.values();
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  ofOrigin(origin: string): readonly Slot[] {
    return [...(this.#byOrigin.get(origin) ?? [])];
  }

  ofOrganization(organization: string): Iterable<Slot> {
    return this.#byOrganization.get(organization) ?? [];
  }

  open(name: string, want: Slot["want"], askedAt: number, organization: string | undefined): Slot {
    const slot = newSlot(name, want, askedAt);
    this.#slots.set(name, slot);
    add(this.#byOrigin, want.origin, slot);
    this.place(slot, organization);
    return slot;
  }

  /** Takes note of the organization of a slot's origin; undefined: it is no node. */
  place(slot: Slot, organization: string | undefined): void {
    if (slot.organization === organization) return;
    remove(this.#byOrganization, slot.organization, slot);
    slot.organization = organization;
    if (organization !== undefined) add(this.#byOrganization, organization, slot);
  }

  delete(slot: Slot): void {
    this.#slots.delete(slot.name);
    remove(this.#byOrigin, slot.want.origin, slot);
    this.place(slot, undefined);
  }
}

function add(index: Map<string, Set<Slot>>, name: string, slot: Slot): void {
  const slots = index.get(name) ?? new Set();
  index.set(name, slots.add(slot));
}

function remove(index: Map<string, Set<Slot>>, name: string | undefined, slot: Slot): void {
  const slots = name === undefined ? undefined : index.get(name);
  slots?.delete(slot);
  if (slots?.size === 0) index.delete(name!);
}
