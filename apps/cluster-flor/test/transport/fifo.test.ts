import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../src/transport/fifo.ts";

test("a fifo is one, also beyond what it keeps in one piece", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_500, max: 1_500 }), { maxLength: 12 }), (moves) => {
      const fifo = new Fifo<number>();
      const naive: number[] = [];
      let next = 0;
      for (const move of moves) {
        for (let i = 0; i < Math.abs(move); i++) {
          if (move < 0) {
            const first = fifo.shift();
            expect(first).toBe(naive.shift());
            if (i % 3 > 0 || first === undefined) continue;
            fifo.unshift(first);
            naive.unshift(first);
          } else {
            fifo.push(next);
            naive.push(next++);
          }
        }
        expect(fifo.size).toBe(naive.length);
        expect(fifo.first).toBe(naive[0]);
      }
    }),
    { numRuns: 30 },
  );
});
