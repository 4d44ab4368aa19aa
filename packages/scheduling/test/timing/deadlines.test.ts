import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Deadlines, NOT_IN_HEAP } from "../../src/timing/deadlines.ts";

test("deadlines come in order, whatever is moved and taken out meanwhile", () => {
  const operation = fc.record({ item: fc.nat(19), at: fc.oneof(fc.nat(1_000), fc.constant("remove" as const)) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), fc.nat(1_000), (operations, now) => {
      const heap = new Deadlines();
      const items = Array.from({ length: 20 }, () => ({ deadline: Number.POSITIVE_INFINITY, heapIndex: NOT_IN_HEAP }));
      const naive = new Map<number, number>();
      for (const { item, at } of operations) {
        if (at === "remove") {
          heap.remove(items[item]!);
          naive.delete(item);
        } else {
          heap.set(items[item]!, at);
          naive.set(item, at);
        }
        expect(heap.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...naive.values()));
      }
      expect(heap.size).toBe(naive.size);
      const due = [...naive.values()].filter((at) => at <= now).sort((a, b) => a - b);
      let popped = 0;
      for (let item = heap.popDue(now); item !== undefined; item = heap.popDue(now)) {
        expect(naive.get(items.indexOf(item))).toBe(due[popped++]);
        expect(item).toEqual({ deadline: Number.POSITIVE_INFINITY, heapIndex: NOT_IN_HEAP });
      }
      expect(popped).toBe(due.length);
      expect(heap.size).toBe(naive.size - due.length);
    }),
  );
});
