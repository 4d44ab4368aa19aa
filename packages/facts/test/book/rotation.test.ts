/** Roots that leave out keys: what was signed by these counts no more, and what was void stays void. */
import { describe, expect, test } from "vitest";
import type { FactBook } from "../../src/book/fact-book.ts";
import { alphaNode } from "../cases/scene.ts";
import { factOf } from "../held.ts";
import {
  alpha,
  announce,
  auto,
  control,
  DAY,
  listOf,
  MINUTE,
  node,
  NOW,
  root,
  rootBody,
  service,
  stranger,
  update,
  voided,
} from "../records.ts";
import { bookOf, changesOf, offer, Rows, run, take, toldBy } from "./books.ts";

const [a, b, c] = control as [(typeof control)[0], (typeof control)[0], (typeof control)[0]];
const keys = { root: rootBody().authorities.root, update: listOf(update, 2) };
const first = root(rootBody({ authorities: { ...keys, control: listOf([a, b, c], 2) } }));
const program = auto[0]!;
const withProgram = root(rootBody({ authorities: { ...keys, control: listOf([a, b], 2, [program]) } }));
/** The second version, a minute before now: `b` and `stranger` are as many as it takes, and `a` and `c` are gone at once, or after a day. */
const second = (grace = 0): Buffer =>
  root(rootBody({ grace, authorities: { ...keys, control: listOf([b, stranger, alpha], 2) } }), {
    epoch: 2,
    issued: NOW - MINUTE,
  });
const early = { issued: NOW - 10 * MINUTE };
const options = { root: factOf(first) };
const webOf = (book: FactBook, now = NOW): number | undefined => book.inForce("service", "cluster", "web", now)?.epoch;
const voidOf = (epoch: number, signers = [a, b], issued = NOW - 5 * MINUTE): Buffer =>
  service({ ...voided(30, { epoch }), issued, expires: issued + 30 * DAY }, {}, signers);
const signedByAll = [a, b, stranger];

describe("a root that leaves out keys", () => {
  test("ends what they have signed, and what rests on it, and frees the epochs", () => {
    const book = bookOf([], options);
    for (const octets of [
      node(alpha, early, {}, [a, c]),
      announce(alpha),
      service({ ...early, epoch: 2 ** 53 - 1 }, {}, [a, c]),
    ]) {
      take(book, octets);
    }
    toldBy(book);
    take(book, second());
    expect([book.authority.version, book.roots.length]).toEqual([2, 2]);
    expect(webOf(book)).toBeUndefined();
    expect(book.inForce("announce", "cluster", "alpha", NOW)).toBeUndefined();
    run(book, NOW);
    expect(toldBy(book).toSorted()).toEqual([
      "ended announce 1 ground",
      "ended node 1 keys",
      `ended service ${2 ** 53 - 1} keys`,
      "root root 2",
    ]);
    expect(offer(book, service({}, {}, [a, c]))).toBe("unknown-key");
    take(book, service({}, {}, [b, stranger]));
    expect(webOf(book)).toBe(1);
  });

  test("leaves what has enough signatures by keys of today, and looks at those that nobody had to look at", () => {
    const book = bookOf([], options);
    take(book, service(early, {}, signedByAll));
    const broken = Buffer.from(node(alpha, early, {}, signedByAll));
    broken[broken.length - 1]! ^= 1;
    take(book, broken);
    take(book, second());
    run(book, NOW);
    expect(webOf(book)).toBe(1);
    expect(book.inForce("node", "cluster", "alpha", NOW)).toBeUndefined();
    expect(toldBy(book)).toContain("ended node 1 keys");
    expect(offer(book, node(alpha, early, {}, signedByAll))).toBe("taken");
  });

  test("ends them when its grace is over", () => {
    const book = bookOf([], options);
    take(book, service(early, {}, [a, c]));
    take(book, second(3_600));
    const end = NOW - MINUTE + 3_600_000;
    run(book, end - 1);
    expect([webOf(book, end - 1), book.nextTimeout()]).toEqual([1, end]);
    run(book, end);
    expect([webOf(book, end), toldBy(book).at(-1)]).toEqual([undefined, "ended service 1 keys"]);
  });

  test("a junk signature of a program's key in front harms no record", () => {
    const options = { root: factOf(withProgram) };
    const book = bookOf([], options);
    const junk = { ...program, sign: () => Buffer.alloc(64) };
    take(book, service({}, {}, [junk, b, a]));
    const rows = new Rows();
    rows.write(changesOf(book));
    expect(webOf(rows.restored(NOW, options))).toBe(1);
  });

  test("an unchanged renewal by programs holds over a restart", () => {
    const options = { root: factOf(withProgram) };
    const book = bookOf([], options);
    take(book, service({}, {}, [a, b]));
    take(book, service({ epoch: 2 }, {}, [program, b]));
    const rows = new Rows();
    rows.write(changesOf(book));
    expect(webOf(rows.restored(NOW, options))).toBe(2);
  });
});

describe("a void record whose keys do not count any more", () => {
  test("outlives the rotation: no older record of today's keys comes back", () => {
    const book = bookOf([], options);
    const held = service({ ...early, epoch: 3 }, {}, signedByAll);
    take(book, held);
    take(book, voidOf(4));
    take(book, second());
    expect(offer(book, held)).toBe("voided");
    expect(offer(book, service({ ...early, epoch: 4, generation: 7 }, {}, [b, stranger]))).toBe("voided");
    expect(webOf(book)).toBeUndefined();
    run(book, NOW);
    const rows = new Rows();
    rows.write(changesOf(book));
    const restarted = rows.restored(NOW, options);
    expect(offer(restarted, held)).toBe("voided");
    expect(rows.all.find(({ id }) => id === factOf(voidOf(4)).id)?.section).toBe("kept");
    expect(restarted.offered(factOf(voidOf(4)).id, "kept", NOW)).toBeUndefined();
  });

  test("gives way to a higher epoch", () => {
    const book = bookOf([], options);
    take(book, voidOf(4));
    take(book, second());
    take(book, service({ ...early, epoch: 5 }, {}, [b, stranger]));
    expect(webOf(book)).toBe(5);
  });

  test("gives way to what was issued behind it and behind the root: the highest epoch of a thief falls with his keys", () => {
    const book = bookOf([], options);
    take(book, voidOf(2 ** 53 - 1, [a, c]));
    take(book, second());
    expect(offer(book, service({ issued: NOW - MINUTE }, {}, [b, stranger]))).toBe("voided");
    take(book, service({ issued: NOW }, {}, [b, stranger]));
    expect(webOf(book)).toBe(1);
    const third = rootBody({ authorities: { ...keys, control: listOf([b, stranger], 2) }, grace: 0 });
    take(book, root(third, { epoch: 3, issued: NOW + MINUTE }), NOW + MINUTE);
    run(book, NOW + MINUTE);
    expect(webOf(book, NOW + MINUTE)).toBe(1);
    const rows = new Rows();
    rows.write(changesOf(book));
    expect(webOf(rows.restored(NOW + MINUTE, options), NOW + MINUTE)).toBe(1);
  });

  test("of a thief in the future lets in what is issued later than it says", () => {
    const book = bookOf([], options);
    take(book, voidOf(9, [a, c], NOW + 4 * MINUTE));
    take(book, second());
    expect(offer(book, service({ issued: NOW + 4 * MINUTE }, {}, [b, stranger]))).toBe("voided");
    expect(offer(book, service({ issued: NOW + 5 * MINUTE }, {}, [b, stranger]))).toBe("taken");
  });

  test("is lifted by people alone", () => {
    const people = [b, stranger];
    const tierless = { "trust-tier": 0 };
    const book = bookOf([], options);
    take(
      book,
      node(
        alpha,
        { ...voided(400, { epoch: 4 }), issued: NOW - 5 * MINUTE, expires: NOW - 5 * MINUTE + 400 * DAY },
        {},
        [a, c],
      ),
    );
    const body = rootBody({ grace: 0, authorities: { ...keys, control: listOf(people, 2, [program]) } });
    take(book, root(body, { epoch: 2, issued: NOW - MINUTE }));
    expect(offer(book, node(alpha, { epoch: 5, issued: NOW }, tierless, [program, b]))).toBe("quorum");
    expect(offer(book, node(alpha, { epoch: 5, issued: NOW }, tierless, people))).toBe("taken");
  });

  test("is forgotten with its own end: all that it took back has ended", () => {
    const book = bookOf([], options);
    take(book, voidOf(4));
    take(book, second());
    run(book, NOW + 30 * DAY);
    expect(book.size).toBe(1);
    const later = { issued: NOW + 30 * DAY, expires: NOW + 31 * DAY };
    expect(offer(book, service(later, {}, [b, stranger]), NOW + 30 * DAY)).toBe("taken");
  });

  test("of several the highest one counts", () => {
    const book = bookOf([], options);
    take(book, voidOf(3, [a, c]));
    take(book, voidOf(6, [a, b]));
    take(book, second());
    expect(offer(book, service({ ...early, epoch: 6 }, {}, [b, stranger]))).toBe("voided");
    expect(book.size).toBe(2);
  });
});

test("a node that was off walks all versions, and takes them again after a restart", () => {
  const versions = Array.from({ length: 30 }, (_, at) => root(rootBody(), { epoch: at + 2, issued: NOW - DAY + at }));
  const book = bookOf();
  expect(offer(book, versions[1]!)).toBe("gap");
  for (const version of versions) take(book, version);
  const rows = new Rows();
  rows.write(changesOf(book));
  const restarted = rows.restored(NOW);
  expect([book.authority.version, restarted.authority.version, toldBy(restarted)]).toEqual([31, 31, []]);
  expect(restarted.offered(factOf(versions[3]!).id, "entry", NOW)).toEqual(versions[3]);
  expect(offer(restarted, alphaNode)).toBe("taken");
});
