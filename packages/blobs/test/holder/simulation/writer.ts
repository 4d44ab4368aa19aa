import {
  type Answer,
  type Entry,
  type HeldEntry,
  HolderError,
  type HolderTalk,
  majorityOf,
  placeOf,
  type Question,
  type TalkName,
} from "../../../src/index.ts";
import type { MemoryFleet } from "../../../src/testing/index.ts";
import { ALICE, goneOf, hashOf, liveOf, octetsOf } from "../kit.ts";

/** "unsure": fewer than a majority have answered, and it may be done or not. */
export type Done = "done" | "refused" | "unsure";

/** A writer as docs/protocol/storage.md has it, without its speed. */
export class Writer {
  readonly #fleet: MemoryFleet;

  constructor(fleet: MemoryFleet) {
    this.#fleet = fleet;
  }

  async put(name: string, text: string): Promise<Done> {
    const octets = octetsOf(text);
    const hash = hashOf(octets);
    const { copies } = this.#fleet.terms;
    const held = await this.find(name);
    if (held === "unsure") return "unsure";
    if (held?.isGone === false) return "refused";
    let kept = 0;
    // The holders behind come in where those in front do not answer, until all have a copy or were asked.
    for (const node of this.#places(hash)) {
      if (kept === copies) break;
      if ((await this.#ask(node, { op: "put-shard", hash, octets })) !== undefined) kept++;
    }
    if (kept < majorityOf(copies)) return "unsure";
    return this.#putEntry(liveOf(name, text, (held?.turn ?? 0) + 1));
  }

  async remove(name: string): Promise<Done> {
    const held = await this.find(name);
    if (held === "unsure") return "unsure";
    if (held === undefined || held.isGone) return "refused";
    return this.#putEntry(goneOf(name, held.turn + 1));
  }

  /** The newest entry of a majority. */
  async find(name: string): Promise<HeldEntry | undefined | "unsure"> {
    const answers = await Promise.all(this.#nodes.map(async (node) => this.#ask(node, { op: "get-entry", name })));
    const told = answers.filter((answer) => answer !== undefined);
    if (told.length < majorityOf(this.#nodes.length)) return "unsure";
    const entries = told.map(({ entry }) => entry).filter((entry) => entry !== null);
    return entries.toSorted((a, b) => b.turn - a.turn || Number(b.isGone) - Number(a.isGone))[0];
  }

  /** The octets of a shard from whichever holder has them. */
  async read(hash: string): Promise<Uint8Array | undefined> {
    for (const node of this.#places(hash)) {
      const answer = await this.#ask(node, { op: "get-shard", hash });
      if (answer !== undefined && hashOf(answer.octets) === hash) return answer.octets;
    }
    return undefined;
  }

  get #nodes(): readonly string[] {
    return this.#fleet.terms.holders.map(({ node }) => node);
  }

  #places(hash: string): readonly string[] {
    return placeOf(hash, this.#fleet.terms.holders);
  }

  async #putEntry(entry: Entry): Promise<Done> {
    const refused: string[] = [];
    const answers = await Promise.all(
      this.#nodes.map(async (node) => this.#ask(node, { op: "put-entry", entry }, (code) => refused.push(code))),
    );
    const done = answers.filter((answer) => answer !== undefined).length;
    if (done >= majorityOf(this.#nodes.length)) return "done";
    return done === 0 && refused.length === this.#nodes.length ? "refused" : "unsure";
  }

  async #ask<Name extends TalkName>(
    node: string,
    ask: { readonly op: Name } & HolderTalk[Name]["ask"],
    onRefusal: (code: string) => void = () => {},
  ): Promise<Answer<Name> | undefined> {
    const { scope, name, recoveryEpoch } = this.#fleet.terms;
    const question = { ...ask, collection: { scope, name }, recoveryEpoch } as unknown as Question<Name>;
    try {
      return await this.#fleet.doorOf(ALICE).ask(node, question, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof HolderError)) throw error;
      if (error.code !== "ERR_STORAGE_UNREACHABLE") onRefusal(error.code);
      return undefined;
    }
  }
}
