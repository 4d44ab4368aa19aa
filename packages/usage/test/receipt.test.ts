import { KINDS, RECEIPT_PARTS_MAX, type ReceiptBody } from "@florenetes/facts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readReceipt, writeReceipt } from "../src/receipt.ts";
import type { HourRows, Own, Passed } from "../src/rows.ts";
import { own, passed } from "./rows.ts";

const SIZE_MAX = 12_000;
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,62}$/);
const amount = fc.oneof(fc.nat(10 ** 12), fc.constant(10 ** 15));
const somePassed: fc.Arbitrary<Passed> = fc.record({
  from: name,
  to: name,
  coordinator: fc.option(name, { nil: undefined }),
  share: fc.nat(4_095),
  class: fc.nat(4),
  packets: amount,
  bytes: amount,
});
const someOwn: fc.Arbitrary<Own> = fc.record({
  peer: name,
  share: fc.nat(4_095),
  class: fc.nat(4),
  sentPackets: amount,
  sentBytes: amount,
  packets: amount,
  bytes: amount,
});
const someRows: fc.Arbitrary<HourRows> = fc.record({
  passed: fc.uniqueArray(somePassed, {
    selector: ({ from, to, coordinator = "", share, class: of }) => `${from} ${to} ${coordinator} ${share} ${of}`,
    maxLength: 60,
  }),
  left: fc.constant(0),
  own: fc.uniqueArray(someOwn, { selector: ({ peer, share, class: of }) => `${peer} ${share} ${of}`, maxLength: 60 }),
});

function isGood(body: ReceiptBody): boolean {
  return KINDS.receipt.body.safeParse(body).success;
}

describe("a receipt", () => {
  test("of nothing has one part", () => {
    expect(writeReceipt({ passed: [], own: [], left: 0 }, SIZE_MAX)).toEqual([
      { peers: [], coordinators: [], passed: [], own: [], left: 0 },
    ]);
  });

  test("names neighbours and coordinators by their places", () => {
    const rows = {
      passed: [passed({ packets: 2, bytes: 90 }), passed({ from: "b", to: "a", coordinator: undefined, bytes: 80 })],
      own: [own({ sentPackets: 1, sentBytes: 10 })],
      left: 2,
    };
    expect(writeReceipt(rows, SIZE_MAX)).toEqual([
      {
        peers: ["a", "b"],
        coordinators: ["c"],
        passed: [
          [0, 1, 1, 7, 3, 2, 90],
          [1, 0, 0, 7, 3, 0, 80],
        ],
        own: [[0, 7, 3, 1, 10, 0, 0]],
        left: 2,
      },
    ]);
  });

  test("is read as it was written, in parts that hold and are no larger than they may be", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const bodies = writeReceipt(rows, SIZE_MAX);
        expect(bodies.every(isGood)).toBe(true);
        for (const body of bodies) expect(JSON.stringify(body).length).toBeLessThanOrEqual(SIZE_MAX);
        const read = readReceipt(bodies);
        expect(read.left).toBe(0);
        expect(new Set(read.passed.map((row) => JSON.stringify(row)))).toEqual(
          new Set(rows.passed.map((row) => JSON.stringify(row))),
        );
        expect(new Set(read.own.map((row) => JSON.stringify(row)))).toEqual(
          new Set(rows.own.map((row) => JSON.stringify(row))),
        );
      }),
    );
  });

  test("leaves out the rows with the fewest bytes, where there are too many", () => {
    const rows = Array.from({ length: 6_000 }, (_, at) => passed({ from: `n${at % 700}`, to: `m${at}`, bytes: at }));
    const bodies = writeReceipt({ passed: rows, own: [], left: 3 }, SIZE_MAX);
    const { passed: read, left } = readReceipt(bodies);
    expect(bodies).toHaveLength(RECEIPT_PARTS_MAX);
    expect(bodies.every(isGood)).toBe(true);
    expect(read.length + left).toBe(6_003);
    expect(Math.min(...read.slice(0, 100).map(({ bytes }) => bytes))).toBe(5_900);
  });
});
