import { describe, expect, it } from "vitest";
import { ALL_GROUNDS, planOn } from "../src/grounds.ts";
import { nodesOver, transitsOf } from "../src/place.ts";
import { FULL } from "../src/plans.ts";
import { kilobytesPerConnection } from "../src/measures/memory.ts";
import { wireArguments } from "../src/wires/bad-wire.ts";

describe("places", () => {
  it.each([1, 3, 6] as const)("have a at one end and d at the other: %s", (links) => {
    const nodes = nodesOver(links);
    expect([nodes[0], nodes.at(-1), nodes.length]).toEqual(["a", "d", links + 1]);
    expect(transitsOf(nodes)).toHaveLength(links - 1);
  });

  it("are told apart by their names", () => {
    const names = ALL_GROUNDS.map(({ of, title, place }) => `${of} ${title} ${place.links}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("have every bad wire over one link and over three, and there the transfer settles first", () => {
    const bad = ALL_GROUNDS.filter(({ of }) => of === "bad-link");
    expect(bad.filter(({ place }) => place.links === 1)).toHaveLength(6);
    expect(bad.filter(({ place }) => place.links === 3)).toHaveLength(6);
    expect(planOn(bad[0]!, FULL)).toMatchObject({ streams: [1], besideLimits: [null], settleSeconds: 3 });
  });
});

describe("a bad wire", () => {
  it("is told half of the delay each way, and loss in a million", () => {
    expect(wireArguments({ delayMs: 200, lossShare: 0.02 })).toEqual(["100000", "20000", "0", "0"]);
    expect(wireArguments({ megabitsPerSecond: 20, bufferBytes: 5 })).toEqual(["0", "0", "20000", "5"]);
  });
});

describe("memory of a connection", () => {
  const held = (connections: number, megabytes: number) => ({ connections, open: { one: megabytes }, closed: {} });

  it("is what one more costs between the fewest and the most", () => {
    const memory = { idle: {}, held: [held(200, 100), held(1224, 120), held(1224, 900)], problem: null };
    expect(kilobytesPerConnection(memory)).toBe(20);
  });

  it("is not known of one number alone", () => {
    expect(kilobytesPerConnection({ idle: {}, held: [held(200, 100)], problem: null })).toBeUndefined();
  });
});
