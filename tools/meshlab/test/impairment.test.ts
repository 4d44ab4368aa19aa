import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImpairedWire } from "../src/impairment.ts";
import type { Impairment } from "../src/scenario-step.ts";

/** The times at which datagrams leave that come at these times. `chance` is the wire's random number each time. */
function leaves(impairment: Impairment, times: readonly number[], size = 1000, chance = 0.5): (readonly number[])[] {
  const wire = new ImpairedWire(() => chance);
  wire.impairment = impairment;
  return times.map((time) => wire.handleDatagram(size, time));
}

describe("an impaired wire", () => {
  test.each<[string, Impairment, readonly number[], readonly (readonly number[])[]]>([
    ["passes on at once without knobs", {}, [0, 1], [[0], [1]]],
    ["delays", { delayMs: 20 }, [0, 1], [[20], [21]]],
    ["delays at random", { delayMs: 20, jitterMs: 10 }, [0], [[25]]],
    ["loses", { loss: 0.6 }, [0], [[]]],
    ["does not lose all", { loss: 0.4 }, [0], [[0]]],
    ["duplicates", { duplicate: 0.6 }, [0], [[0, 0]]],
    ["holds what it reorders, and nothing behind it", { reorder: 0.6 }, [0, 1], [[5], [6]]],
    ["takes the time that the rate says", { rateMbit: 8 }, [0, 0, 5], [[1], [2], [6]]],
  ])("%s", (_name, impairment, times, expected) => {
    expect(leaves(impairment, times)).toEqual(expected);
  });

  test("loses what does not fit into 100 ms in front of its bottleneck", () => {
    const all = leaves({ rateMbit: 8 }, Array<number>(200).fill(0));
    expect(all.filter((one) => one.length > 0)).toHaveLength(101);
  });

  test("keeps the order whatever the jitter", () => {
    const chances = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 3, maxLength: 90 });
    fc.assert(
      fc.property(chances, (numbers) => {
        let at = 0;
        const wire = new ImpairedWire(() => numbers[at++ % numbers.length]!);
        wire.impairment = { delayMs: 5, jitterMs: 50 };
        const times = Array.from({ length: 30 }, (_, index) => wire.handleDatagram(100, index)[0]!);
        expect(times).toEqual([...times].sort((one, other) => one - other));
      }),
    );
  });
});
