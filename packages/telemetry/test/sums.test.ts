import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fleet, mergeSums, observationOf, type Sums, sumsOf } from "../src/index.ts";
import { FINDINGS } from "../src/findings.ts";
import { OBSERVATION_SIZE_MAX } from "../src/limits.ts";
import { GrowingSums } from "../src/sums.ts";
import { countFinding, countNode, countValue, emptyTally, findingsIn, measureIn, nodesIn } from "../src/tally.ts";
import { CONTRACTS, link, profile, report } from "./a-report.ts";

const NOW = Date.UTC(2026, 10, 29);

/** A node of a fleet: where it stands, and what it says. */
const someNode = fc.record({
  organization: fc.constantFrom("acme", "globex", "initech"),
  roles: fc.uniqueArray(fc.constantFrom("relay", "observer", "service-host"), { maxLength: 3 }),
  isPhone: fc.boolean(),
  version: fc.constantFrom("0.1.0", "0.2.0", "0.3.0"),
  cpu: fc.integer({ min: 0, max: 100 }),
  links: fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000_000 }), fc.integer({ min: 0, max: 1_000_000_000 })), {
    maxLength: 5,
  }),
});
type SomeNode = typeof someNode extends fc.Arbitrary<infer Value> ? Value : never;
const someFleet = fc
  .array(someNode, { maxLength: 30 })
  .map((nodes) => nodes.map((node, at) => ({ ...node, name: `n${at}` })));
type Named = SomeNode & { readonly name: string };

function hear(fleet: Fleet, node: Named, epoch = 1): void {
  const { name, version, cpu, links } = node;
  const life = { epoch, expires: NOW + 180_000 };
  fleet.takeProfile(name, { ...life, body: profile({ software: { version } }) }, NOW);
  const told = links.map(([roundTrip, rate], at) => link(at, { 0: roundTrip, 3: rate }));
  const body = report({ load: { cpu, memory: 1, sockets: 1 }, links: told });
  fleet.takeReport(name, { ...life, body, octets: new Uint8Array(1), takenAt: NOW }, node, NOW);
}

function summed(nodes: readonly Named[]): Map<string, Sums> {
  const fleet = new Fleet({ contracts: () => CONTRACTS });
  for (const node of nodes) hear(fleet, node);
  return fleet.sum([], NOW);
}

/** Sums as values that are equal where they say the same. */
function plain({ all, roles, none, other, versions, otherVersions }: Sums): unknown {
  const inOrder = <Value>(map: ReadonlyMap<string, Value>): unknown =>
    [...map].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value]);
  return { all, roles: inOrder(roles), none, other, versions: inOrder(versions), otherVersions };
}

describe("sums", () => {
  test("are the same however they are merged", () => {
    fc.assert(
      fc.property(someFleet, someFleet, someFleet, (...fleets) => {
        const [a, b, c] = fleets.map((nodes) => summed(nodes).get("")!) as [Sums, Sums, Sums];
        const left = plain(mergeSums([mergeSums([a, b]), c]));
        expect(plain(mergeSums([a, mergeSums([b, c])]))).toEqual(left);
        expect(plain(mergeSums([c, b, a]))).toEqual(left);
        expect(plain(mergeSums([a, new GrowingSums()]))).toEqual(plain(a));
      }),
    );
  });

  test("of two halves come to those of the whole, and those of organizations to those of all", () => {
    fc.assert(
      fc.property(someFleet, fc.nat(), (nodes, at) => {
        const cut = nodes.length === 0 ? 0 : at % nodes.length;
        const whole = summed(nodes);
        const halves = [nodes.slice(0, cut), nodes.slice(cut)].map((half) => summed(half).get("")!);
        expect(plain(mergeSums(halves))).toEqual(plain(whole.get("")!));
        const organizations = [...whole].flatMap(([name, sums]) => (name === "" ? [] : [sums]));
        expect(plain(mergeSums(organizations))).toEqual(plain(whole.get("")!));
      }),
    );
  });

  test("do not ask in which order records came, and count a node once, by its newest report", () => {
    const orders = someFleet.chain((nodes) =>
      fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length })),
    );
    fc.assert(
      fc.property(orders, ([nodes, others]) => {
        const fleet = new Fleet({ contracts: () => CONTRACTS });
        for (const node of others) hear(fleet, { ...node, cpu: 100, links: [] }, 1);
        for (const node of others.toReversed()) hear(fleet, node, 2);
        for (const node of others) hear(fleet, { ...node, cpu: 0, links: [] }, 1);
        expect(plain(fleet.sum([], NOW).get("")!)).toEqual(plain(summed(nodes).get("")!));
      }),
    );
  });

  test("come out of a record as they went in", () => {
    fc.assert(
      fc.property(someFleet, (nodes) => {
        const sums = summed(nodes).get("")!;
        const body = JSON.parse(JSON.stringify(observationOf(sums, NOW))) as ReturnType<typeof observationOf>;
        expect(plain(sumsOf(body))).toEqual(plain(sums));
      }),
    );
  });

  test("fit into a letter whatever roles and versions there are, and lose no node", () => {
    const sums = new GrowingSums();
    for (let at = 0; at < 3_000; at++) {
      const tally = emptyTally();
      countNode(tally, "heard");
      for (const finding of FINDINGS) countFinding(tally, finding);
      for (const of of ["cpu", "round-trip", "jitter", "loss", "rate"] as const) countValue(tally, of, at * 300);
      sums.addNode(tally, [`${"r".repeat(59)}${at % 600}`], `${"v".repeat(58)}${at}`);
    }
    const body = observationOf(sums, NOW);
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(OBSERVATION_SIZE_MAX);
    expect(body.versions.length).toBe(16);
    expect(body.otherVersions + body.versions.reduce((sum, [, nodes]) => sum + nodes, 0)).toBe(3_000);
    const read = sumsOf(body);
    const ofRoles = [...read.roles.values(), read.other].reduce((sum, tally) => sum + nodesIn(tally, "heard"), 0);
    expect([nodesIn(read.all, "heard"), ofRoles]).toEqual([3_000, 3_000]);
  });

  test("pass over findings, measures and buckets of later versions", () => {
    const sums = summed([]).get("")!;
    const body = observationOf(sums, NOW);
    const [all] = body.cells;
    const later = {
      ...all!,
      findings: [["magic", 7] as const],
      measures: [["cpu", 3, [1]] as const, ["warmth", 3, [1]] as const],
    };
    const read = sumsOf({ ...body, cells: [later] });
    expect(findingsIn(read.all).every(([, nodes]) => nodes === 0)).toBe(true);
    expect(measureIn(read.all, "cpu").sum).toBe(0);
  });

  test("stay whole numbers with as many nodes and links as there may be", () => {
    // 65,536 nodes with 128 links of the highest rate that counts.
    expect(65_536 * 128 * 100_000_000).toBeLessThan(Number.MAX_SAFE_INTEGER);
    expect(65_536 * 128 * 60_000_000).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});
