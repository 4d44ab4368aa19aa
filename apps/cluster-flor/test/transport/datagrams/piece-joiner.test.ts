import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DatagramDrops } from "../../../src/transport/datagrams/flow-account.ts";
import {
  DATAGRAM_SIZE_MAX,
  UNFINISHED_BYTES_MAX,
  UNFINISHED_MAX,
  UNFINISHED_MS_MAX,
} from "../../../src/transport/datagrams/limits.ts";
import { PieceJoiner } from "../../../src/transport/datagrams/piece-joiner.ts";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";

function scene(): { joiner: PieceJoiner; budget: MemoryBudget; drops: DatagramDrops } {
  const budget = new MemoryBudget(100_000_000);
  return { joiner: new PieceJoiner(budget), budget, drops: new DatagramDrops() };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("pieces are joined in their order, whatever order they come in", () => {
  const { joiner, budget, drops } = scene();
  expect(joiner.add(1, { number: 7, index: 2, last: 2 }, bytes("e"), drops, 0)).toBeUndefined();
  expect(joiner.add(2, { number: 7, index: 0, last: 1 }, bytes("x"), drops, 0)).toBeUndefined();
  expect(joiner.add(1, { number: 7, index: 0, last: 2 }, bytes("ab"), drops, 0)).toBeUndefined();
  expect(Buffer.from(joiner.add(1, { number: 7, index: 1, last: 2 }, bytes("cd"), drops, 0)!).toString()).toBe("abcde");
  joiner.remove(2);
  expect(budget.held).toBe(0);
  expect(drops).toMatchObject({ unfinished: 1, malformed: 0 });
});

test("a piece that comes twice, or contradicts another one, is dropped", () => {
  const { joiner, drops } = scene();
  joiner.add(1, { number: 0, index: 0, last: 1 }, bytes("a"), drops, 0);
  joiner.add(1, { number: 0, index: 0, last: 1 }, bytes("z"), drops, 0);
  joiner.add(1, { number: 0, index: 1, last: 2 }, bytes("z"), drops, 0);
  expect(drops.malformed).toBe(2);
  expect(Buffer.from(joiner.add(1, { number: 0, index: 1, last: 1 }, bytes("b"), drops, 0)!).toString()).toBe("ab");
});

test("a datagram never becomes larger than datagrams are", () => {
  const { joiner, drops } = scene();
  joiner.add(1, { number: 0, index: 0, last: 1 }, new Uint8Array(DATAGRAM_SIZE_MAX - 1), drops, 0);
  expect(joiner.add(1, { number: 0, index: 1, last: 1 }, new Uint8Array(2), drops, 0)).toBeUndefined();
  expect(drops.malformed).toBe(1);
  expect(joiner.add(1, { number: 0, index: 1, last: 1 }, new Uint8Array(1), drops, 0)).toHaveLength(DATAGRAM_SIZE_MAX);
});

test("the oldest of a flow goes for a fifth, and one that is not whole in time", () => {
  const { joiner, drops } = scene();
  for (let number = 0; number <= UNFINISHED_MAX; number++) {
    joiner.add(1, { number, index: 0, last: 1 }, bytes("a"), drops, number);
  }
  expect(drops.unfinished).toBe(1);
  expect(joiner.add(1, { number: 1, index: 1, last: 1 }, bytes("b"), drops, 10)).toHaveLength(2);
  expect(joiner.nextTimeout()).toBe(2 + UNFINISHED_MS_MAX);
  joiner.handleTimeout(3 + UNFINISHED_MS_MAX);
  expect(drops.unfinished).toBe(3);
  expect(joiner.nextTimeout()).toBe(4 + UNFINISHED_MS_MAX);
});

test("whatever comes, what is kept has a bound, and is charged", () => {
  const piece = fc.record({
    flow: fc.nat(20),
    number: fc.nat(8),
    index: fc.nat(255),
    last: fc.integer({ min: 1, max: 255 }),
    size: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 16_000 })),
    pauseMs: fc.nat(300),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      const { joiner, budget, drops } = scene();
      let now = 0;
      for (const { flow, number, index, last, size, pauseMs } of pieces) {
        now += pauseMs;
        joiner.add(flow, { number, index: Math.min(index, last), last }, new Uint8Array(size), drops, now);
        expect(joiner.held).toBeLessThanOrEqual(UNFINISHED_BYTES_MAX);
        expect(budget.held).toBe(joiner.held);
        expect(joiner.nextTimeout()).toBeGreaterThan(now);
      }
      joiner.clear();
      expect(budget.held).toBe(0);
    }),
    { numRuns: 200 },
  );
});
