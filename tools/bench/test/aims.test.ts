import { describe, expect, it } from "vitest";
import type { Aim } from "../src/aim.ts";
import { aimsOf } from "../src/aims.ts";
import { ALL_GROUNDS, type GroundResult, planOn } from "../src/grounds.ts";
import { emptyResult, type SystemResult } from "../src/plan.ts";
import { FULL } from "../src/plans.ts";

const noise = { waitedMs: 0, busyCores: 0, loadAverage: 0, stolenCores: 0 };
const about = { version: "", topology: "", links: 3, isEncryptedEndToEnd: true, limits: [] };

interface Told {
  readonly megabits?: number;
  readonly cpu?: number;
  /** Microseconds, idle and beside a bulk transfer without limit; the 99th percentile is twice as much. */
  readonly trip?: number;
  readonly beside?: number;
}

function resultOf(key: string, { megabits, cpu = 0, trip, beside }: Told): SystemResult {
  const times = (p50Micros: number) => ({ count: 1, p50Micros, p99Micros: 2 * p50Micros, noise });
  return {
    ...emptyResult(key, { name: key, ...about }),
    throughput:
      megabits === undefined
        ? []
        : [{ streams: 1, megabitsPerSecond: megabits, cpuSecondsPerGigabyte: cpu, isWholeMachine: false, noise }],
    roundTrip: trip === undefined ? [] : [times(trip)],
    besideBulk: beside === undefined ? [] : [{ limitMegabits: null, bulkMegabits: 1, ...times(beside) }],
  };
}

function find(aims: readonly Aim[], of: string): Aim | undefined {
  return aims.find((aim) => aim.of === of);
}

describe("aims", () => {
  it("are none where there are no figures", () => {
    expect(aimsOf({ results: [], grounds: [] })).toEqual([]);
    expect(aimsOf({ results: [emptyResult("florenetes"), emptyResult("nebula")], grounds: [] })).toEqual([]);
  });

  it("are taken from the best peer of the run that carries packets over UDP", () => {
    const results = [
      resultOf("florenetes", { megabits: 400, cpu: 20 }),
      resultOf("nebula", { megabits: 480, cpu: 25 }),
      resultOf("haproxy", { megabits: 2000, cpu: 6 }),
    ];
    const aims = aimsOf({ results, grounds: [] });
    expect(find(aims, "throughput, 1 stream, best peer over UDP")).toMatchObject({
      figure: 400,
      limit: 480,
      because: "nebula",
      isMet: false,
    });
    expect(find(aims, "CPU time, 1 stream, best peer over UDP")).toMatchObject({
      limit: 25,
      because: "nebula",
      isMet: true,
    });
  });

  it("take the kernel for no peer", () => {
    const results = [
      resultOf("florenetes", { beside: 400 }),
      resultOf("kernel", { beside: 50 }),
      resultOf("haproxy", { beside: 500 }),
    ];
    const aim = find(aimsOf({ results, grounds: [] }), "round trip p50 beside bulk without limit, best peer");
    expect(aim).toMatchObject({ limit: 500, because: "haproxy", isMet: true });
  });

  it("are a multiple of the floor", () => {
    const results = [resultOf("florenetes", { trip: 500 })];
    const floors = { row: resultOf("floor-row", { trip: 330 }), relays: null, proxies: null, cpu: null, problems: [] };
    const aim = find(aimsOf({ results, grounds: [], floors }), "round trip p50");
    expect(aim).toMatchObject({ figure: 500, limit: 495, isMet: false });
  });

  it("want memory that is given back", () => {
    const held = (closed: number) => ({ connections: 10_000, open: { "a one": 300 }, closed: { "a one": closed } });
    const memory = (second: number) => [
      { idle: { "a one": 70, "a two": 60, "b one": 90 }, held: [held(100), held(second)], problem: null, noise },
    ];
    const met = (second: number) =>
      aimsOf({ results: [{ ...emptyResult("florenetes"), memory: memory(second) }], grounds: [] });
    expect(find(met(105), "memory of an idle node")).toMatchObject({ figure: 130, limit: 140 });
    const of = "memory after 10,000 connections, the second time";
    expect([find(met(105), of)?.isMet, find(met(120), of)?.isMet]).toEqual([true, false]);
    const loaded = {
      ...emptyResult("florenetes"),
      memory: memory(100),
      memoryAfterLoad: [{ one: 100 }, { one: 105 }, { one: 120 }],
    };
    const aims = aimsOf({ results: [loaded], grounds: [] });
    expect(find(aims, "memory after 3 rounds of all measures")).toMatchObject({ figure: 120, isMet: false });
  });

  it("want curves that are flat, or hardly rise", () => {
    const curve = (name: string, first: number, last: number) =>
      [first, last].map((median, index) => ({
        name: `${name} ${index === 0 ? "10" : "1,000"}`,
        operation: "lookup",
        entries: index === 0 ? 10 : 1000,
        here: { median, low: median, high: median, rounds: 9 },
        beside: null,
        ratio: null,
        problems: [],
      }));
    const results = [...curve("small:", 10, 500), ...curve("flat:", 2000, 2900), ...curve("steep:", 2000, 3100)];
    const aims = aimsOf({ results: [], grounds: [], micro: { beside: null, results } });
    expect(aims.map(({ isMet }) => isMet)).toEqual([true, true, false]);
  });
});

describe("aims over bad wires", () => {
  const ground = (title: string, links: number, results: SystemResult[]): GroundResult => {
    const found = ALL_GROUNDS.find((one) => one.title === title && one.place.links === links)!;
    return { ...found, plan: planOn(found, FULL), results };
  };

  it("are a share of what the wire carries alone", () => {
    const slow = "20 Mbit/s, deep buffer";
    const grounds = [
      ground(slow, 1, [resultOf("kernel", { megabits: 19 }), resultOf("florenetes", { megabits: 16 })]),
      ground(slow, 3, [resultOf("florenetes", { megabits: 15 })]),
    ];
    const aims = aimsOf({ results: [], grounds });
    expect(aims.map(({ of, isMet }) => [of, isMet])).toEqual([
      [`throughput, ${slow}, 1 link`, true],
      [`throughput, ${slow}, 3 links`, false],
    ]);
  });

  it("let a ping-pong wait for one queue's target a link", () => {
    const bad = (beside: number) =>
      aimsOf({ results: [], grounds: [ground("50 ms", 3, [resultOf("florenetes", { trip: 50_000, beside })])] });
    const isMet = (beside: number) => bad(beside).map((aim) => aim.isMet);
    expect([isMet(57_000), isMet(58_000)]).toEqual([[true], [false]]);
  });
});
