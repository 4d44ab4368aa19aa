import { type Fact, KINDS, readFact, signPayload, writePayload } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { UsageShelf } from "../../../src/agent/usage/usage-shelf.ts";
import { newKey } from "../../demo-records.ts";
import { HOUR, HOUR_12, MB, NOON } from "./metered-mesh.ts";

const key = newKey("o");

interface Told {
  readonly hour?: number;
  readonly organization?: string;
  readonly observer?: string;
  readonly epoch?: number;
  readonly receipts?: number;
  readonly bytes?: number;
  readonly partition?: string;
}

function usage(told: Told): { fact: Fact; octets: Uint8Array } {
  const { hour = HOUR_12, organization = "acme", observer = "o", epoch = 1, receipts = 3, bytes = MB } = told;
  const scope = organization === "" ? "cluster" : `org/${organization}`;
  const slot = { kind: "usage", scope, subject: `${hour}/${observer}`, authority: "observer", issuer: observer };
  const times = { epoch, generation: 0, issued: NOON, expires: NOON + KINDS.usage.life };
  const { partition = "north" } = told;
  const body = { partition, receipts, missing: 0, relays: [["r", 3, 1, bytes, bytes]], rest: [0, 0, 0] };
  const octets = signPayload(writePayload({ cluster: "demo", ...slot, ...times, body }), [key]);
  return { fact: readFact(octets, "demo") as Fact, octets };
}

function shelfOf(...all: readonly Told[]): UsageShelf {
  const shelf = new UsageShelf();
  for (const told of all) {
    const { fact, octets } = usage(told);
    shelf.take(fact, octets);
  }
  return shelf;
}

const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
const named = (shelf: UsageShelf, range: Partial<Parameters<UsageShelf["entries"]>[0]> = {}): string[] =>
  [...shelf.entries({ ...ALL, ...range })].map(
    ({ hour, organization, observer }) => `${hour} ${organization} ${observer}`,
  );

describe("a shelf", () => {
  test("tells entries by hour, organization and observer, those of none first, and goes on behind one", () => {
    const shelf = shelfOf(
      { hour: 100, organization: "b" },
      { hour: 9, organization: "z" },
      { hour: 100, organization: "" },
      { hour: 100, observer: "p" },
      { hour: 100 },
    );
    expect(named(shelf)).toEqual(["9 z o", "100  o", "100 acme o", "100 acme p", "100 b o"]);
    expect(named(shelf, { from: 10, to: 100, organization: "acme" })).toEqual(["100 acme o", "100 acme p"]);
    expect(named(shelf, { organization: "" })).toEqual(["100  o"]);
    const [, second] = [...shelf.entries(ALL)];
    expect(named(shelf, { after: second!.name })).toEqual(["100 acme o", "100 acme p", "100 b o"]);
  });

  test("takes a higher epoch of a slot alone, and says what is to be kept", () => {
    const shelf = shelfOf({ epoch: 5, bytes: 2 * MB });
    const other = (told: Told): string => shelf.take(usage(told).fact, usage(told).octets);
    expect([other({ epoch: 4 }), other({ epoch: 5, bytes: MB }), other({ epoch: 5, bytes: 2 * MB })]).toEqual([
      "older",
      "older",
      "taken",
    ]);
    expect(other({ epoch: 6, bytes: 3 * MB })).toBe("taken");
    expect(shelf.bytesInMonth("acme", NOON)).toBe(3 * MB);
    const changes = [shelf.pollChange(), shelf.pollChange(), shelf.pollChange()];
    expect(changes.map((change) => change?.name)).toEqual([
      `0000${HOUR_12}/acme/o`,
      `0000${HOUR_12}/acme/o`,
      undefined,
    ]);
  });

  test("adds a month up by the word of each hour and partition that counts", () => {
    const first = Date.UTC(2026, 10, 1) / HOUR;
    const shelf = shelfOf(
      { hour: first - 1, bytes: 100 * MB },
      { hour: first, bytes: MB },
      { hour: first, bytes: 2 * MB, observer: "p", receipts: 4 },
      { hour: first, bytes: 4 * MB, observer: "q", receipts: 4 },
      { hour: first, bytes: 8 * MB, partition: "south", observer: "s" },
      { hour: first + 29 * 24, bytes: 16 * MB },
      { hour: first + 30 * 24, bytes: 100 * MB },
      { hour: first, bytes: 100 * MB, organization: "other" },
    );
    expect(shelf.bytesInMonth("acme", NOON)).toBe((2 + 8 + 16) * MB);
    expect(shelf.bytesInMonth("nobody", NOON)).toBe(0);
    const { fact, octets } = usage({ hour: first + 1, bytes: 32 * MB });
    shelf.take(fact, octets);
    expect(shelf.bytesInMonth("acme", NOON)).toBe((2 + 8 + 16 + 32) * MB);
  });

  test("remembers what a month comes to where its records have no room any more, and forgets the month before the last", () => {
    const first = Date.UTC(2026, 10, 1) / HOUR;
    const shelf = new UsageShelf({ rows: 2, size: 1_000_000 });
    for (let at = 0; at < 10; at++) {
      const { fact, octets } = usage({ hour: first + at });
      shelf.take(fact, octets);
    }
    expect([shelf.size, shelf.bytesInMonth("acme", NOON)]).toEqual([2, 10 * MB]);
    for (const month of [11, 12]) {
      const { fact, octets } = usage({ hour: Date.UTC(2026, month, 1) / HOUR });
      shelf.take(fact, octets);
    }
    expect([NOON, Date.UTC(2026, 11, 5)].map((wall) => shelf.bytesInMonth("acme", wall))).toEqual([0, MB]);
  });

  test("lets go of the earliest hours where there is no room", () => {
    const shelf = new UsageShelf({ rows: 3, size: 1_000_000 });
    for (const hour of [5, 3, 4, 9, 2]) {
      const { fact, octets } = usage({ hour });
      shelf.take(fact, octets);
    }
    expect(named(shelf)).toEqual(["4 acme o", "5 acme o", "9 acme o"]);
    const { octets } = usage({});
    const small = new UsageShelf({ rows: 100, size: 2 * octets.length });
    for (const hour of [HOUR_12, HOUR_12 + 1, HOUR_12 + 2]) {
      const told = usage({ hour });
      small.restore(told.fact, told.octets);
    }
    expect(small.size).toBe(2);
  });
});
