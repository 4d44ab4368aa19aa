import { hashOf, liveOf, octetsOf } from "../kit.ts";
import { contentHash, type Entry, majorityOf } from "../../../src/index.ts";
import { MINUTE_MS, type World } from "./world.ts";
import { Writer } from "./writer.ts";

/** The texts that a name may have for all that its writer knows. `undefined`: no object. */
interface Known {
  may: readonly (string | undefined)[];
  written: number;
}

/** Longest time for which a shard has fewer copies than a majority: until a damage is found, and mended. */
const MENDED_MS = 100 * MINUTE_MS;

/** Writers of their own names, and what has to be true of all that was acknowledged to them. */
export class Story {
  readonly #world: World;
  readonly #writer: Writer;
  readonly #retentionMs: number;
  readonly #known = new Map<string, Known>();
  /** Since when a shard, by its text, has too few copies. */
  readonly #few = new Map<string, number>();
  acknowledged = 0;

  constructor(world: World, retentionMs: number) {
    this.#world = world;
    this.#writer = new Writer(world.fleet);
    this.#retentionMs = retentionMs;
  }

  /** Puts and removes objects of some names, one after the other. */
  async write(names: readonly string[], untilMs: number): Promise<void> {
    const { random } = this.#world;
    for (let count = 0; this.#world.now < untilMs; count++) {
      await this.#world.sleep(random.between(0, 20) * MINUTE_MS);
      const name = random.pick(names);
      const known = this.#known.get(name) ?? { may: [undefined], written: 0 };
      this.#known.set(name, known);
      if (known.may.every((text) => text !== undefined)) await this.#remove(name, known);
      else await this.#put(name, known, `${name} ${count} ${this.#world.now}`);
    }
  }

  /** Puts objects that stay. */
  async archive(untilMs: number): Promise<void> {
    for (let count = 0; this.#world.now < untilMs; count++) {
      await this.#world.sleep(this.#world.random.between(5, 20) * MINUTE_MS);
      const known: Known = { may: [undefined], written: 0 };
      this.#known.set(`archive/${count}`, known);
      await this.#put(`archive/${count}`, known, `archive ${count} ${this.#world.now}`);
    }
  }

  /** No acknowledged object has too few copies for long. */
  async watch(untilMs: number): Promise<void> {
    while (this.#world.now < untilMs) {
      await this.#world.sleep(5 * MINUTE_MS);
      for (const text of this.#certain()) this.#watchOne(text);
    }
  }

  /** All that is known to be there is there at all holders, with all copies, and is read; what was removed is not. */
  async check(): Promise<readonly string[]> {
    const { fleet } = this.#world;
    const wrong: string[] = [];
    for (const [name, { may }] of this.#known) {
      const allowed = may.map((text) => (text === undefined ? "none" : contentHash(liveOf(name, text))));
      const held = fleet.terms.holders.map(({ node }) => stand(fleet.member(node).book.get(name)));
      if (new Set(held).size !== 1) wrong.push(`${name} is ${held.join(", ")}`);
      if (!allowed.includes(held[0]!)) wrong.push(`${name} is ${held[0]}, and not ${allowed.join(" or ")}`);
    }
    for (const text of this.#certain()) {
      const octets = await this.#writer.read(hashOf(octetsOf(text)));
      if (octets === undefined) wrong.push(`"${text}" is not read`);
      const copies = this.#copies(text);
      if (copies < fleet.terms.copies) wrong.push(`"${text}" has ${copies} copies`);
    }
    return wrong;
  }

  /** Objects of which a writer knows that they are there. */
  #certain(): readonly string[] {
    return [...this.#known.values()]
      .flatMap(({ may }) => (may.length === 1 ? may : []))
      .filter((text) => text !== undefined);
  }

  async #put(name: string, known: Known, text: string): Promise<void> {
    const before = known.may;
    known.may = [...before, text];
    const begun = this.#world.now;
    const done = await this.#writer.put(name, text);
    if (done === "done") known.written = begun;
    if (done === "done") known.may = [text];
    else if (done === "refused") known.may = before.includes(undefined) && before.length === 1 ? before : known.may;
    if (done === "done") this.acknowledged++;
  }

  async #remove(name: string, known: Known): Promise<void> {
    const before = known.may;
    // An object of which the writer is not sure may be an older one.
    const isRetained = before.length === 1 && this.#world.now - known.written < this.#retentionMs - MINUTE_MS;
    known.may = [...before, undefined];
    const done = await this.#writer.remove(name);
    // Within its retention nobody takes a removal, whatever has answered.
    if (isRetained && done === "done") throw new Error(`${name} was removed too early`);
    if (done === "done") known.may = [undefined];
    else if (done === "refused" || isRetained) known.may = before;
    if (done === "done") this.acknowledged++;
  }

  #watchOne(text: string): void {
    const { fleet, now } = this.#world;
    if (this.#copies(text) >= majorityOf(fleet.terms.copies)) {
      this.#few.delete(text);
      return;
    }
    const since = this.#few.get(text) ?? now;
    this.#few.set(text, since);
    if (now - since > MENDED_MS) throw new Error(`"${text}" has ${this.#copies(text)} copies for too long`);
  }

  /** Undamaged copies at holders that are up. */
  #copies(text: string): number {
    const { fleet } = this.#world;
    const hash = hashOf(octetsOf(text));
    return fleet.nodes.filter((node) => fleet.member(node).isUp && fleet.member(node).disk.isIntact(hash)).length;
  }
}

function stand(entry: Entry | undefined): string {
  return entry === undefined || entry.isGone ? "none" : contentHash(entry);
}
