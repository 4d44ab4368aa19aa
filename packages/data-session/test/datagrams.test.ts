import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Tally } from "../src/byte-queue.ts";
import { DatagramCopies } from "../src/datagram-copies.ts";
import { DatagramQueue } from "../src/datagram-queue.ts";
import { DATAGRAM_BYTES_WAITING_MAX, DATAGRAMS_WAITING_MAX, DATAGRAM_SIZE_MAX } from "../src/limits.ts";

const size = fc.oneof(
  fc.integer({ min: 0, max: 1_500 }),
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: DATAGRAM_SIZE_MAX }),
);

/** A datagram whose bytes tell it from others. */
const datagramOf = (length: number, number: number): Buffer => Buffer.alloc(length, `${number},`);

test("a queue gives what was pushed, in order, and drops the oldest where there are too many", () => {
  const act = fc.oneof(size, fc.constant("take" as const), fc.constant("clear" as const));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const tally = new Tally();
      const queue = new DatagramQueue(tally);
      const out = new Uint8Array(7 + DATAGRAM_SIZE_MAX);
      let model: Buffer[] = [];
      const bytes = (): number => model.reduce((sum, { length }) => sum + length, 0);
      for (const [number, next] of acts.entries()) {
        if (next === "clear") {
          queue.clear();
          model = [];
        } else if (next === "take") {
          const first = model.shift();
          expect(queue.firstLength).toBe(first?.length);
          if (first === undefined) continue;
          queue.takeInto(out, 7);
          expect(first.equals(out.subarray(7, 7 + first.length))).toBe(true);
        } else {
          const datagram = datagramOf(next, number);
          const dropped = queue.push(datagram);
          model.push(Buffer.from(datagram));
          // The caller may use its buffer again.
          datagram.fill(0);
          let surplus = 0;
          while (model.length > DATAGRAMS_WAITING_MAX || bytes() > DATAGRAM_BYTES_WAITING_MAX) {
            model.shift();
            surplus++;
          }
          expect(dropped).toBe(surplus);
        }
        expect([queue.bytesWaiting, tally.bytes]).toEqual([bytes(), bytes()]);
      }
    }),
  );
});

test("copies of datagrams stay as they are, and hold few kilobytes beside their own", () => {
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
      const copies = new DatagramCopies();
      const all = sizes.map((length, number) => {
        const datagram = datagramOf(length, number);
        const copy = copies.of(datagram);
        datagram.fill(0);
        return copy;
      });
      for (const [number, copy] of all.entries()) expect(datagramOf(sizes[number]!, number).equals(copy)).toBe(true);
      for (const { buffer, length } of all) expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(16_384, length));
    }),
  );
});
