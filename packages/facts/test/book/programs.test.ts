/** Renewals by programs: books agree on them whatever the order in which records come, and programs that were captured change nothing. */
import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { FactBook } from "../../src/book/fact-book.ts";
import { readEnvelope, writeEnvelope } from "../../src/envelope.ts";
import { factOf } from "../held.ts";
import { testKey } from "../keys.ts";
import {
  alpha,
  beta,
  DAY,
  listOf,
  type Members,
  MINUTE,
  node,
  NOW,
  role,
  root,
  rootBody,
  service,
  update,
  voided,
} from "../records.ts";
import { bookOf, changesOf, offer, Rows, run, take } from "./books.ts";

const people = ["person a", "person b", "person c"].map(testKey);
/** Programs, as many as the threshold says: together they are a quorum, for renewals alone. */
const programs = ["program a", "program b", "program c"].map(testKey);
const keys = { root: rootBody().authorities.root, update: listOf(update, 2) };
const rootOctets = root(rootBody({ grace: 0, authorities: { ...keys, control: listOf(people, 3, programs) } }));
const options = { root: factOf(rootOctets) };
const byPrograms = programs;
/** All programs, and one person less than a quorum. */
const captured = [...programs, ...people.slice(1)];
const hostsOf = (host: string): Members => ({ hosts: [{ node: host, priority: 1, weight: 1 }] });
const web = (epoch: number, host: string, signers = people, generation = 1, expires = NOW + DAY): Buffer =>
  service({ epoch, generation, expires }, hostsOf(host), signers);
const voidWeb = (epoch: number): Buffer => service(voided(30, { epoch }), {}, people);
const webIn = (book: FactBook, now = NOW): number | undefined => book.inForce("service", "cluster", "web", now)?.epoch;

/** Offers all until none of them is taken any more, as the feed does. */
function hear(book: FactBook, all: readonly Uint8Array[]): void {
  for (let round = 0, taken = 1; taken > 0; round++) {
    if (round > 20) throw new Error("records are taken again and again");
    taken = all.filter((octets) => offer(book, octets) === "taken").length;
  }
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}

const records: readonly Uint8Array[] = [
  web(1, "alpha"),
  web(2, "beta"),
  web(2, "gamma"),
  web(6, "alpha"),
  voidWeb(3),
  voidWeb(8),
  ...[2, 3, 4, 7, 9, 10].flatMap((epoch) => [web(epoch, "alpha", byPrograms), web(epoch, "beta", byPrograms)]),
  web(7, "alpha", byPrograms, 2),
  web(7, "alpha", byPrograms, 3),
  node(alpha, { epoch: 1 }, { "trust-tier": 0 }, byPrograms),
  node(alpha, { epoch: 2 }, { "trust-tier": 0 }, byPrograms),
  node(alpha, { epoch: 2 }, { "trust-tier": 3 }, people),
  node(alpha, { epoch: 4 }, { "trust-tier": 3 }, byPrograms),
];

test("books agree on all sections, in whatever order records come, and after a restart", () => {
  const inForce = new Set<number | undefined>();
  for (let seed = 1; seed <= runs(500, 60); seed++) {
    const random = new Random(seed);
    const some = records.filter(() => random.chance(0.6));
    const books = [bookOf([], options), bookOf([], options)];
    const sections = books.map((book) => {
      const rows = new Rows();
      for (let part = 0; part < 3; part++) {
        hear(book, part < 2 ? shuffled(random, some).slice(0, 4) : shuffled(random, some));
        run(book, NOW);
        rows.write(changesOf(book));
      }
      const restored = rows.restored(NOW, options);
      run(restored, NOW);
      expect(webIn(restored), `seed ${seed}`).toBe(webIn(book));
      // A void record below a newer one of people is kept where it came first, and says nothing any more.
      const isPassed = (octets: Uint8Array): boolean =>
        factOf(octets).void === true && (webIn(book) ?? 0) > factOf(octets).epoch;
      const shown = rows.all.filter(({ octets }) => !isPassed(octets));
      return shown.map(({ section, id }) => `${section} ${id}`).toSorted();
    });
    expect(sections[0], `seed ${seed}`).toEqual(sections[1]);
    inForce.add(webIn(books[0]!));
  }
  expect(inForce.size).toBeGreaterThan(3);
});

describe("a renewal by programs", () => {
  test("stands on the record that people have signed, which is kept and offered beside it", () => {
    const book = bookOf([web(1, "alpha"), web(2, "alpha", byPrograms), web(3, "alpha", byPrograms)], options);
    expect([webIn(book), book.size]).toEqual([3, 2]);
    const rows = new Rows();
    rows.write(changesOf(book));
    const newcomer = bookOf([], options);
    const offered = rows.all.map(({ id }) => book.offered(id, "public", NOW)!);
    for (const octets of [...offered, ...offered.toReversed()]) offer(newcomer, octets);
    expect(webIn(newcomer)).toBe(3);
  });

  test("gives way to any record of people, also one with a lower epoch, and to a void one", () => {
    const book = bookOf([web(1, "alpha"), web(9, "alpha", byPrograms)], options);
    take(book, web(2, "beta"));
    expect(webIn(book)).toBe(2);
    const other = bookOf([web(1, "alpha"), web(9, "alpha", byPrograms), voidWeb(2)], options);
    expect(webIn(other)).toBeUndefined();
    expect(offer(other, web(10, "alpha", byPrograms))).toBe("quorum");
  });

  test("goes on when the record that it renews has ended, and falls with the keys of that", () => {
    const late = { issued: NOW + DAY / 2, expires: NOW + 20 * DAY };
    const renewal = service({ epoch: 2, ...late }, hostsOf("alpha"), byPrograms);
    const book = bookOf([web(1, "alpha")], options);
    take(book, renewal, NOW + DAY / 2);
    run(book, NOW + 15 * DAY);
    expect(webIn(book, NOW + 15 * DAY)).toBe(2);
    const others = [...people.slice(1), testKey("person d")];
    const next = root(rootBody({ grace: 0, authorities: { ...keys, control: listOf(others, 3, programs) } }), {
      epoch: 2,
      issued: NOW + 15 * DAY - MINUTE,
    });
    take(book, next, NOW + 15 * DAY);
    run(book, NOW + 15 * DAY);
    expect([webIn(book, NOW + 15 * DAY), book.size]).toEqual([undefined, 1]);
  });
});

test("a void record that a program has signed, too, stays a fence when the key of a person who has signed it goes", () => {
  const fourth = testKey("person d");
  const others = [...people.slice(0, 2), fourth];
  const rootOf = (controllers: readonly ReturnType<typeof testKey>[], members: Members): Buffer =>
    root(rootBody({ grace: 0, authorities: { ...keys, control: listOf(controllers, 3, programs) } }), members);
  const before = rootOf([...people, fourth], {});
  const record = web(1, "alpha", others);
  const gone = service(voided(30, { epoch: 2 }), {}, [...people, programs[0]!]);
  const book = bookOf([record, gone], { root: factOf(before) });
  take(book, rootOf(others, { epoch: 2, issued: NOW - MINUTE }));
  run(book, NOW);
  expect(offer(book, record)).toBe("voided");
  expect(webIn(book)).toBeUndefined();
});

describe("all programs and all people but one, captured,", () => {
  const held = [node(beta, {}, {}, people), service({}, {}, people)];

  test.each([
    ["a role", role("alpha/relay/north", {}, {}, captured)],
    ["a service", service({ subject: "shop" }, {}, captured)],
    ["other hosts of a service", service({ epoch: 2 }, hostsOf("beta"), captured)],
    ["a node above the lowest tier", node(alpha, {}, { "trust-tier": 1 }, captured)],
    ["another key for a node", node(beta, { epoch: 2 }, { key: alpha.key }, captured)],
    ["a void record", service(voided(30, { epoch: 2 }), {}, captured)],
    ["a renewal that ends before what people have signed", web(2, "alpha", captured, 1, NOW + DAY - 1)],
  ])("make no %s", (_, octets) => {
    const book = bookOf(held, options);
    expect(offer(book, octets)).toBe("quorum");
  });

  test("do not pass for people by wrong signatures of theirs, which anybody may add", () => {
    const renewal = factOf(web(9, "alpha", [])).envelope;
    const signed = readEnvelope(web(9, "alpha", byPrograms));
    const forged = people.slice(1).map(({ keyId }) => ({ keyId, octets: Buffer.alloc(64, 1) }));
    const signatures = [...(typeof signed === "string" ? [] : signed.signatures), ...forged];
    const book = bookOf([web(1, "alpha", people)], options);
    take(book, writeEnvelope({ payload: renewal.payload, signatures }));
    expect(webIn(book)).toBe(9);
    take(book, web(2, "beta", people));
    expect(webIn(book)).toBe(2);
  });
});
