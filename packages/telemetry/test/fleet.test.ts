import type { ProfileBody, ReportBody } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { Fleet, nodesIn } from "../src/index.ts";
import type { FindingName } from "../src/findings.ts";
import { SAMPLED_NODES, SAMPLES_MAX, SAMPLES_SIZE_MAX } from "../src/limits.ts";
import { isSampled } from "../src/samples.ts";
import { findingsIn, measureIn } from "../src/tally.ts";
import { CONTRACTS, link, profile, report } from "./a-report.ts";

const NOW = Date.UTC(2026, 10, 29);
const MINUTE_MS = 60_000;
const PLACE = { organization: "acme", roles: [], isPhone: false };

function aFleet(nodesMax = 100_000): Fleet {
  return new Fleet({ contracts: () => CONTRACTS, nodesMax });
}

function tell(fleet: Fleet, node: string, body: ReportBody, { epoch = 1, wall = NOW, size = 100 } = {}): string {
  const octets = new Uint8Array(size);
  return fleet.takeReport(node, { epoch, expires: wall + 3 * MINUTE_MS, body, octets, takenAt: wall }, PLACE, wall);
}

function findings(fleet: Fleet): readonly FindingName[] {
  return findingsIn(fleet.sum([], NOW).get("")!.all).flatMap(([of, nodes]) => (nodes > 0 ? [of] : []));
}

const unwell: readonly [what: FindingName, Partial<ReportBody>][] = [
  ["pressure", { load: { cpu: 5, memory: 90, sockets: 0 } }],
  ["no-link", { links: [] }],
  ["loss", { links: [link(1), link(2, { 2: 50_001 })] }],
  ["delay", { links: [link(1, { 0: 1_000_001 })] }],
  ["queue", { links: [link(1, { 4: 91 })] }],
  ["flapping", { links: [link(1, { 6: 3 }), link(2, { 6: 3 })] }],
  ["battery", { battery: 14 }],
  ["nat", { nat: "mapped", offer: { classes: ["bulk"], rate: 1, price: 0 } }],
  ["implausible", { links: [link(1, { 0: 60_000_000 })] }],
  ["implausible", { links: [link(1, { 3: 1_000_000_000 })] }],
  ["implausible", { links: [{ ...link(1), peer: "n" }] }],
];

describe("a fleet", () => {
  test.each(unwell)("finds %s", (what, changes) => {
    const fleet = aFleet();
    tell(fleet, "n", report(changes));
    expect(findings(fleet)).toEqual([what]);
    expect(fleet.samples.list().map(({ node, findings: found }) => [node, found])).toEqual([["n", [what]]]);
  });

  test("finds nothing in a node that is well, whose neighbour is in the same room, that stands behind NAT, or that is a phone at half its charge", () => {
    for (const changes of [{}, { nat: "mapped" as const }, { battery: 50 }, { links: [link(1, { 0: 0 })] }]) {
      const fleet = aFleet();
      tell(fleet, "n", report(changes));
      expect(findings(fleet)).toEqual([]);
    }
  });

  test.each<[FindingName[], ProfileBody["contracts"]]>([
    [[], CONTRACTS],
    [[], [{ of: "another", lowest: 1, highest: 1 }]],
    [["old-software"], [{ of: "mail", lowest: 1, highest: 1 }]],
    [["old-software", "contract-gap"], [{ of: "door", lowest: 1, highest: 1 }]],
    [["contract-gap"], [{ of: "door", lowest: 4, highest: 5 }]],
  ])("finds %j by contracts", (found, contracts) => {
    const fleet = aFleet();
    fleet.takeProfile("n", { epoch: 1, expires: NOW + MINUTE_MS, body: profile({ contracts }) }, NOW);
    expect(fleet.hears("n", NOW)).toBe(false);
    tell(fleet, "n", report());
    expect(findings(fleet)).toEqual(found);
  });

  test("counts links that nothing real has in no measure", () => {
    const fleet = aFleet();
    tell(fleet, "n", report({ links: [link(1, { 0: 60_000_000 }), link(2, { 0: 5_000 })] }));
    const { all } = fleet.sum([], NOW).get("")!;
    expect([measureIn(all, "round-trip").sum, measureIn(all, "links").sum]).toEqual([5_000, 2]);
  });

  test("keeps the newest report of a node, however often it comes", () => {
    const fleet = aFleet();
    const outcomes = [5, 5, 4, 6].map((epoch) =>
      tell(fleet, "n", report({ load: { cpu: epoch, memory: 0, sockets: 0 } }), { epoch }),
    );
    for (let time = 0; time < 1_000; time++) tell(fleet, "n", report(), { epoch: 6 });
    expect(outcomes).toEqual(["taken", "known", "older", "taken"]);
    expect([5, 6].map((epoch) => fleet.holds("report", "n", epoch, NOW))).toEqual([false, true]);
    expect(
      ["report" as const, "profile" as const].map((kind) => fleet.holds(kind, "n", 6, NOW + 3 * MINUTE_MS)),
    ).toEqual([false, false]);
    const { all } = fleet.sum([], NOW).get("")!;
    expect([nodesIn(all, "heard"), measureIn(all, "cpu").sum]).toEqual([1, 6]);
  });

  test("hears a node again whose clock was ahead, once that report has ended", () => {
    const fleet = aFleet();
    tell(fleet, "n", report(), { epoch: 1_000 });
    expect(tell(fleet, "n", report(), { epoch: 1, wall: NOW + MINUTE_MS })).toBe("older");
    expect(tell(fleet, "n", report(), { epoch: 1, wall: NOW + 3 * MINUTE_MS })).toBe("taken");
  });

  test("counts nodes that are silent, and lets go of what has ended and of nodes that are none any more", () => {
    const fleet = aFleet();
    tell(fleet, "a", report());
    tell(fleet, "b", report());
    const silent = [{ organization: "globex", roles: ["relay"], isPhone: true }];
    const sums = fleet.sum(silent, NOW);
    expect(nodesIn(sums.get("")!.all, "silent")).toBe(1);
    expect(nodesIn(sums.get("")!.roles.get("relay")!, "phones")).toBe(1);
    expect(nodesIn(sums.get("globex")!.all, "silent")).toBe(1);
    fleet.forget(NOW, (node) => node !== "b");
    expect([fleet.size, fleet.hears("a", NOW), fleet.hears("b", NOW)]).toEqual([1, true, false]);
    fleet.forget(NOW + 3 * MINUTE_MS, () => true);
    expect([fleet.size, fleet.samples.list().length]).toEqual([0, 0]);
  });

  test("has room for so many nodes, and says so to all others", () => {
    const fleet = aFleet(2);
    expect(["a", "b", "c", "a"].map((node, at) => tell(fleet, node, report(), { epoch: at + 1 }))).toEqual([
      "taken",
      "taken",
      "full",
      "taken",
    ]);
  });
});

describe("samples", () => {
  test("have a steady part of the nodes that are well, and no more of a large fleet than of a small one", () => {
    for (const nodes of [100, 1_000, 10_000]) {
      const names = Array.from({ length: nodes }, (_, at) => `node-${at}`);
      const sampled = (wall: number): string[] => names.filter((name) => isSampled(name, wall, nodes));
      expect(sampled(NOW)).toEqual(sampled(NOW + 30 * MINUTE_MS));
      expect(sampled(NOW)).not.toEqual(sampled(NOW + 60 * MINUTE_MS));
      expect(sampled(NOW).length).toBeLessThanOrEqual(2 * SAMPLED_NODES);
      expect(sampled(NOW).length).toBeGreaterThan(SAMPLED_NODES / 3);
    }
  });

  test("are bounded in number and octets, also where all nodes are unwell and say much", () => {
    for (const size of [100, 16_000]) {
      const fleet = aFleet();
      for (let at = 0; at < 2_000; at++) tell(fleet, `n${at}`, report({ links: [] }), { size });
      const { unwell: count, octets } = fleet.samples.size;
      expect(count).toBeLessThanOrEqual(SAMPLES_MAX);
      expect(octets).toBeLessThanOrEqual(SAMPLES_SIZE_MAX);
      // The newest ones are there.
      expect(fleet.samples.list().some(({ node }) => node === "n1999")).toBe(true);
    }
  });

  test("follow a node that gets well and unwell", () => {
    const fleet = aFleet();
    for (let epoch = 1; epoch <= 100; epoch++) {
      tell(fleet, "n", report(epoch % 2 === 0 ? {} : { links: [] }), { epoch });
      expect(fleet.samples.size).toMatchObject(epoch % 2 === 0 ? { unwell: 0, well: 1 } : { unwell: 1, well: 0 });
    }
    expect(fleet.samples.size.octets).toBe(100);
  });
});
