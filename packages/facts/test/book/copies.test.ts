/** Copies of one record with signatures of different signers: books keep the signatures of all, and lose no record that has a quorum somewhere. */
import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { readEnvelope, type Signature, writeEnvelope } from "../../src/envelope.ts";
import type { Signer } from "../../src/fact.ts";
import { factOf } from "../held.ts";
import { testKey } from "../keys.ts";
import {
  alpha,
  control,
  listOf,
  MINUTE,
  node,
  NOW,
  payload,
  record,
  root,
  rootBody,
  stranger,
  update,
} from "../records.ts";
import { bookOf, changesOf, offer, Rows, run, take } from "./books.ts";

const many = Array.from({ length: 20 }, (_, at) => testKey(`many ${at}`));
const keys = { root: rootBody().authorities.root, update: listOf(update, 2) };
/** Eleven of twenty keys have to sign. */
const wide = root(rootBody({ authorities: { ...keys, control: listOf(many, 11) } }));
const five = [...control, stranger, testKey("control e")];
const ofFive = root(rootBody({ authorities: { ...keys, control: listOf(five, 3) } }));
const members = { kind: "policy" };
const signersOf = (octets: Uint8Array): string[] => envelopeOf(octets).signatures.map(({ keyId }) => keyId);
const idsOf = (signers: readonly Signer[]): string[] => signers.map(({ keyId }) => keyId).toSorted();

function envelopeOf(octets: Uint8Array): Exclude<ReturnType<typeof readEnvelope>, string> {
  const envelope = readEnvelope(octets);
  if (typeof envelope === "string") throw new Error(envelope);
  return envelope;
}

/** A copy whose signatures are changed by hand. */
function altered(octets: Uint8Array, change: (signatures: readonly Signature[]) => readonly Signature[]): Buffer {
  const { payload, signatures } = envelopeOf(octets);
  return writeEnvelope({ payload, signatures: [...change(signatures)] });
}

const wrong = ({ keyId, octets }: Signature): Signature => ({ keyId, octets: Buffer.from(octets).fill(7, 3, 40) });

describe("a held record", () => {
  const first = record(members, five.slice(0, 3));

  test("takes the signatures of another copy, whose row is put once", () => {
    const book = bookOf([first], { root: factOf(ofFive) });
    changesOf(book);
    const other = record(members, [five[0]!, five[3]!, five[4]!]);
    expect(offer(book, other)).toBe("taken");
    const [change, ...more] = changesOf(book);
    expect([more, change?.kind]).toEqual([[], "put"]);
    expect(change?.kind === "put" && signersOf(change.octets)).toEqual(idsOf(five));
    for (const copy of [first, other]) expect(offer(book, copy)).toBe("duplicate");
    expect(changesOf(book)).toEqual([]);
  });

  test("takes a copy with too few signatures, too", () => {
    const book = bookOf([first], { root: factOf(ofFive) });
    expect(offer(book, record(members, [five[4]!]))).toBe("taken");
    expect(offer(book, record(members, [five[4]!]))).toBe("duplicate");
  });

  test("outlives the keys of the copy that came first, also after a restart", () => {
    const book = bookOf([first], { root: factOf(ofFive) });
    take(book, record(members, five.slice(2)));
    const rows = new Rows();
    rows.write(changesOf(book));
    const restored = rows.restored(NOW, { root: factOf(ofFive) });
    const later = root(
      rootBody({ grace: 0, authorities: { ...keys, control: listOf([...five.slice(2), alpha], 3) } }),
      { epoch: 2, issued: NOW - MINUTE },
    );
    for (const each of [book, restored]) {
      take(each, later);
      run(each, NOW);
      expect(each.inForce("policy", "cluster", "cluster", NOW)?.epoch).toBe(1);
    }
  });

  test.each([
    ["wrong signatures", altered(record(members, five), (all) => all.map(wrong))],
    ["signatures of strangers", record(members, [alpha, testKey("anybody")])],
    ["no signature", altered(first, () => [])],
    ["its own signatures, turned around", altered(first, (all) => all.toReversed())],
  ])("takes nothing of a copy with %s", (_, copy) => {
    const book = bookOf([first], { root: factOf(ofFive) });
    changesOf(book);
    expect(offer(book, copy)).toBe("duplicate");
    expect(changesOf(book)).toEqual([]);
  });

  test("that came with a wrong signature gets the right one, and gives the wrong one to nobody", () => {
    const spoiled = altered(record(members, five.slice(0, 4)), (all) => [...all.slice(0, 3), wrong(all[3]!)]);
    const book = bookOf([spoiled], { root: factOf(ofFive) });
    expect(offer(book, record(members, [five[4]!]))).toBe("taken");
    expect(signersOf(book.offered(factOf(first).id, "entry", NOW)!)).toEqual(idsOf([...five.slice(0, 3), five[4]!]));
    expect(offer(book, record(members, [five[3]!]))).toBe("taken");
    expect(signersOf(book.offered(factOf(first).id, "entry", NOW)!)).toEqual(idsOf(five));
  });

  test("keeps at most 16 signatures, those that count before those of strangers", () => {
    const strangers = Array.from({ length: 5 }, (_, at) => testKey(`nobody ${at}`));
    const book = bookOf([record(members, [...many.slice(0, 11), ...strangers])], { root: factOf(wide) });
    expect(offer(book, record(members, many.slice(10, 14)))).toBe("taken");
    const held = (): string[] => signersOf(book.offered(factOf(record(members, [])).id, "entry", NOW)!);
    expect(held().slice(0, 14)).toEqual(idsOf(many.slice(0, 14)));
    expect(held()).toHaveLength(16);
    expect(offer(book, record(members, many.slice(4)))).toBe("taken");
    expect(held().every((id) => many.some(({ keyId }) => keyId === id))).toBe(true);
    for (const key of many) expect(offer(book, record(members, [key]))).toBe("duplicate");
    expect(book.octets).toBe(record(members, many.slice(0, 16)).length);
  });

  test("of a node has one signer, and takes no other signature", () => {
    const book = bookOf([node(alpha, {}, {}, five.slice(0, 3))], { root: factOf(ofFive) });
    expect(offer(book, node(alpha, {}, {}, [stranger, alpha]))).toBe("taken");
    expect(signersOf(book.offered(factOf(node(alpha)).id, "papers", NOW)!)).toEqual(idsOf(five.slice(0, 4)));
  });
});

/** Books in a ring tell each other each row that they put, until nobody has anything to say. Anybody may have spoiled the copies. */
test("copies that were handed in at different nodes come together everywhere, and come to rest", () => {
  for (let seed = 1; seed <= runs(200, 20); seed++) {
    const random = new Random(seed);
    const books = Array.from({ length: 3 + random.below(4) }, () => bookOf([], { root: factOf(wide) }));
    const used = new Set<string>();
    const queue: { readonly to: number; readonly octets: Uint8Array }[] = [];
    for (const to of books.keys()) {
      const start = random.below(10);
      const signers = many.slice(start, start + 11);
      for (const { keyId } of signers) used.add(keyId);
      const spoiled = altered(record({ ...members, body: {} }, [...signers, testKey(`junk ${to}`)]), (all) =>
        random.chance(0.5) ? all : all.toReversed(),
      );
      queue.push({ to, octets: spoiled });
      if (random.chance(0.5)) queue.push({ to, octets: altered(spoiled, (all) => all.map(wrong)) });
    }
    let told = 0;
    while (queue.length > 0) {
      const [{ to, octets }] = queue.splice(random.below(queue.length), 1) as [(typeof queue)[0]];
      books[to]!.offer(octets, NOW);
      for (const change of changesOf(books[to]!)) {
        if (change.kind !== "put") continue;
        told++;
        for (const step of [1, books.length - 1]) queue.push({ to: (to + step) % books.length, octets: change.octets });
      }
    }
    // Each put but the first adds at least one of at most 16 signatures.
    expect(told, `seed ${seed}`).toBeLessThanOrEqual(16 * books.length);
    const { id } = factOf(record({ ...members, body: {} }, []));
    const counted = books.map((book) => signersOf(book.offered(id, "entry", NOW)!).filter((keyId) => used.has(keyId)));
    if (used.size <= 16)
      for (const each of counted) expect(each.toSorted(), `seed ${seed}`).toEqual([...used].toSorted());
    else for (const each of counted) expect(each, `seed ${seed}`).toHaveLength(16);
  }
});

test("the payload of a copy decides whose signatures it may have: that of another record adds nothing", () => {
  const book = bookOf([record(members, five.slice(0, 3))], { root: factOf(ofFive) });
  const { signatures } = envelopeOf(record({ ...members, generation: 9 }, five.slice(3)));
  const crossed = writeEnvelope({ payload: payload(members), signatures });
  expect(offer(book, crossed)).toBe("duplicate");
});
