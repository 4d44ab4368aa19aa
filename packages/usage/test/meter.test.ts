import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../src/hours.ts";
import { METER_OWN_MAX, METER_PASSED_MAX } from "../src/limits.ts";
import { Meter, type Reading } from "../src/meter.ts";
import { own, passed } from "./rows.ts";

const HOUR = 490_000;
const start = HOUR * HOUR_MS;

function reading(bytes: number, key = "a b", instance = "one"): Reading {
  return { instance, passed: [{ key, row: passed({ bytes, packets: bytes }) }], own: [] };
}

/** Hours before one that were not taken yet, the earliest first. */
function hoursBefore(meter: Meter, hour: number): number[] {
  const hours = meter.kept?.hours.map(([each]) => each) ?? [];
  return hours.filter((each) => each < hour).toSorted((a, b) => a - b);
}

function bytesIn(meter: Meter, hour: number): number {
  return meter.take(hour).passed.reduce((sum, row) => sum + row.bytes, 0);
}

describe("a meter", () => {
  test("begins with the first counts that it sees", () => {
    const meter = new Meter();
    meter.read(reading(500), start + 1_000);
    meter.read(reading(700), start + 2_000);
    expect(bytesIn(meter, HOUR)).toBe(200);
  });

  test("takes counts of another life of the vertex that are lower as its new beginning, as some of them may go on", () => {
    const meter = new Meter();
    meter.read(reading(500), start + 1_000);
    meter.read(reading(300, "a b", "two"), start + 2_000);
    meter.read(reading(340, "a b", "two"), start + 3_000);
    expect(bytesIn(meter, HOUR)).toBe(40);
  });

  test("remembers counts that are not told for a while", () => {
    const meter = new Meter();
    meter.read(reading(500), start + 1_000);
    meter.read({ instance: "two", passed: [], own: [] }, start + 2_000);
    meter.read(reading(600, "a b", "two"), start + 3_000);
    expect(bytesIn(meter, HOUR)).toBe(100);
  });

  test("takes all counts of a row that has begun anew, and of one that is new", () => {
    const meter = new Meter();
    meter.read(reading(500), start + 1_000);
    meter.read(reading(300), start + 2_000);
    meter.read(reading(50, "a2 b"), start + 3_000);
    expect(bytesIn(meter, HOUR)).toBe(350);
  });

  test("joins parallel links in one row", () => {
    const meter = new Meter();
    const rows = (bytes: number): Reading["passed"] => ["a b", "a2 b"].map((key) => ({ key, row: passed({ bytes }) }));
    meter.read({ instance: "one", passed: rows(0), own: [] }, start);
    meter.read({ instance: "one", passed: rows(10), own: [] }, start + 1);
    expect(meter.take(HOUR).passed).toEqual([passed({ bytes: 20, packets: 0 })]);
  });

  test.each([
    ["just behind the end of an hour", 10_000 - 1, [600, 0]],
    ["a while behind it, by time", HOUR_MS / 2, [400, 200]],
  ])("books what is read %s", (_, late, [first, second]) => {
    const meter = new Meter();
    meter.read(reading(0), start);
    meter.read(reading(600), start + HOUR_MS + late);
    expect([bytesIn(meter, HOUR), bytesIn(meter, HOUR + 1)]).toEqual([first, second]);
  });

  test("books nothing on an hour that was taken", () => {
    const meter = new Meter();
    meter.read(reading(0), start);
    expect(bytesIn(meter, HOUR)).toBe(0);
    meter.read(reading(600), start + HOUR_MS / 2);
    expect([bytesIn(meter, HOUR), bytesIn(meter, HOUR + 1)]).toEqual([0, 600]);
  });

  test("books on one hour what a clock has seen that was put back", () => {
    const meter = new Meter();
    meter.read(reading(0), start + HOUR_MS);
    meter.read(reading(600), start);
    expect(bytesIn(meter, HOUR)).toBe(600);
  });

  test("goes on in the present once a clock was ahead", () => {
    const meter = new Meter();
    meter.read(reading(0), start);
    meter.take(HOUR + 20);
    meter.reopen(HOUR);
    meter.read(reading(600), start + 1);
    expect(bytesIn(meter, HOUR)).toBe(600);
  });

  test("holds the hours of a day at most", () => {
    const meter = new Meter();
    meter.read(reading(0), start);
    meter.read(reading(4_800), start + 100 * HOUR_MS);
    expect(hoursBefore(meter, HOUR + 200)).toHaveLength(24);
  });

  test("holds so many rows of an hour, those of each neighbour apart, and says how many are missing", () => {
    const meter = new Meter();
    const rows = (bytes: number): Reading => ({
      instance: "one",
      own: ["a", "b"].flatMap((peer) =>
        Array.from({ length: peer === "a" ? METER_OWN_MAX + 3 : 2 }, (_, share) => ({
          key: `${peer} ${share}`,
          row: own({ peer, share, bytes }),
        })),
      ),
      passed: Array.from({ length: METER_PASSED_MAX + 5 }, (_, at) => ({
        key: `${at}`,
        row: passed({ from: `n${at}`, bytes }),
      })),
    });
    meter.read(rows(0), start);
    meter.read(rows(1), start + 1);
    const { passed: told, own: others, left } = meter.take(HOUR);
    expect([told.length, others.length, left]).toEqual([METER_PASSED_MAX, METER_OWN_MAX + 2, 8]);
  });

  test("goes on where it was, after a restart of its process", () => {
    const meter = new Meter();
    meter.read(reading(100), start);
    meter.read(reading(400), start + 1_000);
    const other = new Meter();
    other.restore(JSON.parse(JSON.stringify(meter.kept)) as NonNullable<Meter["kept"]>);
    other.read(reading(1_000), start + 2_000);
    expect(bytesIn(other, HOUR)).toBe(900);
  });

  test("counts own connections in both directions", () => {
    const meter = new Meter();
    const row = (more: Parameters<typeof own>[0]): Reading => ({
      instance: "one",
      passed: [],
      own: [{ key: "a", row: own(more) }],
    });
    meter.read(row({ sentPackets: 1, sentBytes: 2, packets: 3, bytes: 4 }), start);
    meter.read(row({ sentPackets: 11, sentBytes: 22, packets: 33, bytes: 44 }), start + 1);
    expect(meter.take(HOUR).own).toEqual([own({ sentPackets: 10, sentBytes: 20, packets: 30, bytes: 40 })]);
  });

  test("books all that was counted since its first reading, on one hour or another", () => {
    const step = fc.record({
      later: fc.integer({ min: 0, max: 3 * HOUR_MS }),
      more: fc.nat(10 ** 9),
      takes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const meter = new Meter();
        let [wall, count, booked] = [start, 1_000, 0];
        meter.read(reading(count), wall);
        for (const { later, more, takes } of steps) {
          [wall, count] = [wall + later, count + more];
          meter.read(reading(count), wall);
          if (takes) for (const hour of hoursBefore(meter, Math.floor(wall / HOUR_MS))) booked += bytesIn(meter, hour);
        }
        for (const hour of hoursBefore(meter, Number.MAX_SAFE_INTEGER)) booked += bytesIn(meter, hour);
        // Hours of more than a day ago are forgotten, and these steps last 60 hours at most.
        expect(booked).toBeLessThanOrEqual(count - 1_000);
        if (wall - start < 24 * HOUR_MS) expect(booked).toBe(count - 1_000);
      }),
    );
  });
});
