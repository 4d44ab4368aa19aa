/** The list of what one key has signed: with it, a signer never contradicts itself, whoever asks and whenever. */
import type { Fact } from "../fact.ts";
import { slotOf } from "../slots.ts";
import { authoringError } from "./authoring-error.ts";

/** The record of a slot with the highest epoch that the key has signed. */
interface SignedEntry {
  /** Name of the cluster and of the slot: a key may be one of several clusters'. */
  readonly slot: string;
  readonly epoch: number;
  readonly id: string;
}

export class SignedList {
  readonly #highest = new Map<string, SignedEntry>();

  /** Reads what `format` wrote. Throws ERR_FABRIC_SIGNED_LIST. */
  static parse(text: string): SignedList {
    const list = new SignedList();
    for (const line of text.split("\n")) if (line !== "") list.#add(parseEntry(line));
    return list;
  }

  /** A line of JSON for each slot. */
  format(): string {
    return [...this.#highest.values()].map((entry) => `${JSON.stringify(entry)}\n`).join("");
  }

  /**
   * Takes a record that is about to be signed. False: it is in the list. Throws ERR_FABRIC_SIGNED_OTHER when the key has signed another
   * record of the slot whose epoch is the same or higher.
   */
  take(fact: Fact): boolean {
    const { epoch, id } = fact;
    const slot = `${fact.cluster} ${slotOf(fact)}`;
    const highest = this.#highest.get(slot);
    if (highest?.id === id) return false;
    if (highest !== undefined && highest.epoch >= epoch) {
      const message = `the key has signed the record ${highest.id} of this slot (${slot}) with the epoch ${highest.epoch}, and this one has ${epoch}`;
      throw authoringError("ERR_FABRIC_SIGNED_OTHER", message);
    }
    this.#add({ slot, epoch, id });
    return true;
  }

  #add(entry: SignedEntry): void {
    this.#highest.set(entry.slot, entry);
  }
}

function parseEntry(line: string): SignedEntry {
  const entry = readJson(line);
  const { slot, epoch, id } = (entry ?? {}) as Record<string, unknown>;
  if (typeof slot === "string" && Number.isSafeInteger(epoch) && typeof id === "string") {
    return { slot, epoch: epoch as number, id };
  }
  throw authoringError("ERR_FABRIC_SIGNED_LIST", "a line of it is no entry");
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
