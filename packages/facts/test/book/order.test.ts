/** Books that have heard the same records agree, in whatever order these came, and however often. */
import { Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import type { FactBook } from "../../src/book/fact-book.ts";
import type { Kind } from "../../src/kinds.ts";
import { KINDS } from "../../src/kinds.ts";
import { cases } from "../cases.ts";
import { root1, root2 } from "../cases/scene.ts";
import { factOf } from "../held.ts";
import { auto, NOW } from "../records.ts";
import { bookOf, changesOf, offer, Rows, run } from "./books.ts";

/**
 * Records of all cases that are taken under the first root: several of each slot, with voids and equivocations. Whether programs may sign a record
 * depends on the one before it, so that theirs are left out.
 */
const records = cases
  .filter(({ reason, roots, now }) => reason === undefined && roots.length === 1 && roots[0] === root1 && now === NOW)
  .flatMap(({ record, held }) => [record, ...held])
  .filter((record) => {
    const { kind, envelope } = factOf(record);
    return kind !== "root" && !envelope.signatures.some(({ keyId }) => auto.some((program) => program.keyId === keyId));
  });

/** Offers all until none of them is taken any more. */
function hear(book: FactBook, all: readonly Uint8Array[]): void {
  for (let round = 0, taken = 1; taken > 0; round++) {
    if (round > 20) throw new Error("records are taken again and again");
    taken = all.filter((record) => offer(book, record) === "taken").length;
  }
}

function inForceIn(book: FactBook): string[] {
  const kinds = Object.keys(KINDS) as Kind[];
  return kinds.flatMap((kind) => [...book.all(kind, NOW)].map(({ id }) => `${kind} ${id}`)).toSorted();
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}

test("books agree on what is in force, also after a restart and a rotation", () => {
  for (let seed = 1; seed <= runs(200, 6); seed++) {
    const random = new Random(seed);
    const some = records.filter(() => random.chance(0.7));
    const [first, second] = [bookOf(), bookOf()];
    hear(first, shuffled(random, some));
    hear(second, shuffled(random, some));
    expect(inForceIn(first), `seed ${seed}`).toEqual(inForceIn(second));
    const rows = new Rows();
    rows.write(changesOf(first));
    const restarted = rows.restored(NOW);
    expect(inForceIn(restarted), `seed ${seed}`).toEqual(inForceIn(second));
    for (const book of [second, restarted]) expect(offer(book, root2)).toBe("taken");
    run(restarted, NOW);
    expect(inForceIn(restarted), `seed ${seed}`).toEqual(inForceIn(second));
  }
});
