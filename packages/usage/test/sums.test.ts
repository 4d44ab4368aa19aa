import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLAIM_SLACK, CLAIM_SLACK_PERCENT } from "../src/limits.ts";
import type { HourRows, Own, Passed } from "../src/rows.ts";
import { type HourFacts, type HourSums, sumHour } from "../src/sums.ts";
import { passed } from "./rows.ts";

const MB = 1_000_000;
const shares: HourFacts["shares"] = new Map([
  [
    "c",
    [
      [7, "acme"],
      [8, "other"],
      [9, "acme"],
      [9, "other"],
    ],
  ],
  ["d", [[7, "third"]]],
]);

/** Flows through chains of nodes: each flow is some megabytes of a share and class from the first node to the last one. */
interface Flow {
  readonly via: readonly string[];
  readonly share: number;
  readonly class?: number;
  readonly mb: number;
  readonly coordinator?: string;
}

interface MutableRows {
  passed: Passed[];
  own: Own[];
  left: number;
}

/** Node a is of acme, b of other, and relays and hosts are of none of them. */
const organizationOf = (node: string): string | undefined => ({ a: "acme", b: "other" })[node];
const sum = (facts: Omit<HourFacts, "organizationOf">): HourSums => sumHour({ ...facts, organizationOf });

function receiptsOf(flows: readonly Flow[]): Map<string, MutableRows> {
  const receipts = new Map<string, MutableRows>();
  const rowsOf = (node: string): MutableRows => {
    const rows = receipts.get(node) ?? { passed: [], own: [], left: 0 };
    receipts.set(node, rows);
    return rows;
  };
  for (const { via, share, class: of = 3, mb, coordinator = "c" } of flows) {
    const [packets, bytes] = [mb * 1_000, mb * MB];
    const nothing = { share, class: of, sentPackets: 0, sentBytes: 0, packets: 0, bytes: 0 };
    rowsOf(via[0]!).own.push({ ...nothing, peer: via[1]!, sentPackets: packets, sentBytes: bytes });
    rowsOf(via.at(-1)!).own.push({ ...nothing, peer: via.at(-2)!, packets, bytes });
    for (const [at, node] of via.entries())
      if (at > 0 && at < via.length - 1)
        rowsOf(node).passed.push({
          from: via[at - 1]!,
          to: via[at + 1]!,
          coordinator,
          share,
          class: of,
          packets,
          bytes,
        });
  }
  return receipts;
}

/** Megabytes that count, by organization and relay. */
function countedIn({ carried }: HourSums): Record<string, Record<string, number>> {
  const all: Record<string, Record<string, number>> = {};
  for (const [organization, sums] of carried)
    for (const { relay, bytes } of sums) {
      const relays = (all[organization] ??= {});
      relays[relay] = (relays[relay] ?? 0) + bytes / MB;
    }
  return all;
}

function inflate(rows: MutableRows, times: number): void {
  rows.passed = rows.passed.map((row) => ({ ...row, packets: row.packets * times, bytes: row.bytes * times }));
}

const chain: Flow = { via: ["a", "r", "s", "h"], share: 7, mb: 100 };

describe("sums of an hour", () => {
  test("are by organization, relay and class, as the shares of coordinators say", () => {
    const flows: Flow[] = [
      chain,
      { via: ["b", "r", "h"], share: 8, mb: 50 },
      { via: ["h", "s", "r", "a"], share: 7, mb: 10, class: 0 },
      { via: ["b", "s", "h"], share: 7, mb: 20, coordinator: "d" },
      { via: ["b", "r", "h"], share: 0, mb: 3 },
      { via: ["b", "r", "h"], share: 9, mb: 4 },
      { via: ["b", "r", "h"], share: 77, mb: 5 },
    ];
    const sums = sum({ receipts: receiptsOf(flows), shares });
    expect(countedIn(sums)).toEqual({
      acme: { r: 110, s: 110 },
      other: { r: 50 },
      third: { s: 20 },
      "": { r: 12 },
    });
    expect(sums.carried.get("acme")).toContainEqual({
      relay: "r",
      class: 0,
      packets: 10_000,
      bytes: 10 * MB,
      claimed: 10 * MB,
    });
    expect([sums.findings, sums.missing]).toEqual([[], []]);
  });

  test("name the organization of a share by nobody's permits where one coordinator alone has it", () => {
    const receipts = receiptsOf([{ ...chain, share: 8 }]);
    const rows = receipts.get("r")!;
    rows.passed = rows.passed.map((row) => ({ ...row, coordinator: undefined }));
    expect(countedIn(sum({ receipts, shares }))).toEqual({ other: { r: 100, s: 100 } });
    const both = receiptsOf([chain]);
    for (const node of ["r", "s"]) {
      const all = both.get(node)!;
      all.passed = all.passed.map((row) => ({ ...row, coordinator: undefined }));
    }
    expect(countedIn(sum({ receipts: both, shares }))).toEqual({ "": { r: 100, s: 100 } });
  });

  test("give a relay that claims too much what others saw, and say so", () => {
    const receipts = receiptsOf([chain]);
    inflate(receipts.get("r")!, 3);
    const sums = sum({ receipts, shares });
    expect(countedIn(sums)).toEqual({ acme: { r: 100, s: 100 } });
    // Node a pays, and its word is not needed.
    expect(sums.findings).toEqual([
      { relay: "r", neighbour: "s", direction: "to", class: 3, claimed: 300 * MB, seen: 100 * MB },
    ]);
  });

  test("let nobody pay less by seeing less, where somebody else has seen it", () => {
    const receipts = receiptsOf([chain, { via: ["b", "r", "a"], share: 8, mb: 50 }]);
    receipts.get("a")!.own = [];
    receipts.get("b")!.own = [];
    const sums = sum({ receipts, shares });
    expect(countedIn(sums)["acme"]).toEqual({ r: 100, s: 100 });
    expect(sums.findings.filter(({ neighbour, class: of }) => neighbour === "b" && of === 3)).toEqual([]);
  });

  test("charge nobody by the slack of claims: where a neighbour has seen nothing, nothing counts", () => {
    const receipts = receiptsOf([chain]);
    receipts.set("x", { passed: [], own: [], left: 0 });
    receipts.set("y", { passed: [], own: [], left: 0 });
    receipts.get("r")!.passed.push(passed({ from: "x", to: "y", share: 8, packets: 900, bytes: 900_000 }));
    const sums = sum({ receipts, shares });
    expect(countedIn(sums)).toEqual({ acme: { r: 100, s: 100 }, other: { r: 0 } });
    expect(sums.findings.map(({ neighbour, claimed, seen }) => [neighbour, claimed, seen])).toEqual([
      ["x", 900_000, 0],
      ["y", 900_000, 0],
    ]);
  });

  test("take a receipt without all its rows for no word against others", () => {
    const receipts = receiptsOf([chain]);
    receipts.get("h")!.own = [];
    receipts.get("h")!.left = 3;
    expect(countedIn(sum({ receipts, shares }))).toEqual({ acme: { r: 100, s: 100 } });
  });

  test("name the organization of a share of a coordinator that has told none, where another one alone has it", () => {
    const receipts = receiptsOf([{ ...chain, share: 8, coordinator: "made-up" }]);
    expect(countedIn(sum({ receipts, shares }))).toEqual({ other: { r: 100, s: 100 } });
  });

  test.each([
    ["within 5 percent and a megabyte", 1.05, 105],
    ["a little above that", 1.07, 100],
  ])("take claims %s", (_, times, counted) => {
    const receipts = receiptsOf([chain]);
    inflate(receipts.get("r")!, times);
    expect(countedIn(sum({ receipts, shares }))["acme"]!["r"]).toBeCloseTo(counted, 3);
  });

  test("give a relay the lowest word: packets that it took and did not pass on are not carried", () => {
    const receipts = receiptsOf([chain]);
    const host = receipts.get("h")!;
    host.own = host.own.map((row) => ({ ...row, bytes: row.bytes / 2 }));
    expect(countedIn(sum({ receipts, shares }))).toEqual({ acme: { r: 100, s: 50 } });
  });

  test("take a relay's word where one of two neighbours is silent, and nothing where both are", () => {
    const one = receiptsOf([chain]);
    one.delete("a");
    expect(sum({ receipts: one, shares })).toMatchObject({ findings: [], missing: ["a"] });
    expect(countedIn(sum({ receipts: one, shares }))).toEqual({ acme: { r: 100, s: 100 } });
    const none = receiptsOf([chain]);
    none.delete("a");
    none.delete("s");
    const sums = sum({ receipts: none, shares });
    expect(countedIn(sums)).toEqual({ acme: { r: 0 } });
    expect(sums.findings).toEqual([
      { relay: "r", neighbour: undefined, direction: "from", class: 3, claimed: 100 * MB, seen: 0 },
    ]);
    expect(sums.missing).toEqual(["a", "s"]);
  });

  test("take no relay for its own witness", () => {
    const rows = { passed: [passed({ from: "r", to: "r", bytes: 100 * MB })], own: [], left: 0 };
    expect(countedIn(sum({ receipts: new Map([["r", rows]]), shares }))).toEqual({ acme: { r: 0 } });
  });

  test("book nothing on a share whose traffic nobody has given to the relay", () => {
    const receipts = receiptsOf([chain, { ...chain, share: 8 }]);
    const rows = receipts.get("r")!;
    rows.passed = rows.passed.map((row) => ({ ...row, share: 8, bytes: row.share === 7 ? row.bytes : 0 }));
    // A relay books the packets of one tenant on another one: the total is right, and the share is not.
    rows.passed.splice(1);
    rows.passed[0] = { ...rows.passed[0]!, share: 8, bytes: 200 * MB };
    expect(countedIn(sum({ receipts, shares }))["other"]!["r"]).toBeCloseTo(100, 3);
  });

  test("take a share behind a relay that charges none", () => {
    const receipts = receiptsOf([chain]);
    const rows = receipts.get("r")!;
    rows.passed = rows.passed.map((row) => ({ ...row, share: 0 }));
    expect(countedIn(sum({ receipts, shares }))).toEqual({ acme: { s: 100 }, "": { r: 100 } });
  });

  test("of honest nodes are what they say, whatever the order, and nothing is found", () => {
    fc.assert(
      fc.property(someFlows, fc.nat(), (flows, seed) => {
        const receipts = receiptsOf(flows);
        const sums = sum({ receipts, shares });
        expect(sums.findings).toEqual([]);
        const claimed = [...receipts.values()]
          .flatMap(({ passed }) => passed)
          .reduce((sum, { bytes }) => sum + bytes, 0);
        expect(bytesIn(sums)).toBe(claimed);
        const others = [...receipts].toSorted(([a], [b]) => orderBy(seed, a) - orderBy(seed, b));
        expect(bytesIn(sum({ receipts: new Map(others), shares }))).toBe(claimed);
      }),
    );
  });

  test("give nobody more than twice its neighbours' slack above what they saw, whatever it claims", () => {
    fc.assert(
      fc.property(someFlows, somePassed, (flows, lies) => {
        const receipts = receiptsOf(flows);
        const seen = (node: string): number =>
          [...receipts].reduce((sum, [other, { passed, own }]) => {
            const given = passed.filter(({ to }) => to === node).map(({ bytes }) => bytes);
            const sent = own.filter(({ peer }) => peer === node).map(({ sentBytes }) => sentBytes);
            return other === node ? sum : sum + [...given, ...sent].reduce((all, bytes) => all + bytes, 0);
          }, 0);
        const honest = seen("r");
        const rows: HourRows = { passed: lies, own: [], left: 0 };
        const sums = sum({ receipts: new Map([...receipts, ["r", rows]]), shares });
        const counted = [...sums.carried.values()].flat().filter(({ relay }) => relay === "r");
        const bytes = counted.reduce((sum, row) => sum + row.bytes, 0);
        // Neighbours without a word are those that no flow goes through: a claim to or from one of these rests on the other end alone.
        const received = [...receipts].reduce(
          (sum, [, { passed, own }]) =>
            sum +
            passed.filter(({ from }) => from === "r").reduce((all, row) => all + row.bytes, 0) +
            own.filter(({ peer }) => peer === "r").reduce((all, row) => all + row.bytes, 0),
          0,
        );
        const slack = 2 * NODES.length * 5 * CLAIM_SLACK[1];
        expect(bytes).toBeLessThanOrEqual((honest + received) * (1 + CLAIM_SLACK_PERCENT / 100) + slack);
        expect(counted.every((row) => row.bytes >= 0 && row.packets >= 0)).toBe(true);
      }),
    );
  });
});

const NODES = ["a", "b", "r", "s", "t", "h"];
const someFlows: fc.Arbitrary<Flow[]> = fc.array(
  fc.record({
    via: fc.shuffledSubarray(NODES, { minLength: 2 }),
    share: fc.constantFrom(0, 7, 8, 9, 77),
    class: fc.nat(4),
    mb: fc.nat(1_000),
  }),
  { maxLength: 12 },
);
const somePassed: fc.Arbitrary<Passed[]> = fc.array(
  fc.record({
    from: fc.constantFrom(...NODES, "x"),
    to: fc.constantFrom(...NODES, "y"),
    coordinator: fc.constantFrom("c", "d", undefined),
    share: fc.constantFrom(0, 7, 8, 9),
    class: fc.nat(4),
    packets: fc.nat(10 ** 9),
    bytes: fc.nat(10 ** 12),
  }),
  { maxLength: 20 },
);

function bytesIn({ carried }: HourSums): number {
  return [...carried.values()].flat().reduce((sum, { bytes }) => sum + bytes, 0);
}

function orderBy(seed: number, name: string): number {
  return (name.codePointAt(0)! * 7_919 + seed) % 101;
}
