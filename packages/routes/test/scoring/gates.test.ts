import { describe, expect, test } from "vitest";
import type { Candidate, Purpose } from "../../src/scoring/candidate.ts";
import { GATES, shutGates } from "../../src/scoring/gates.ts";
import { BEST, changed, NOW, OPEN, PHONE } from "./candidates.ts";

const shut = (candidate: Candidate): string[] =>
  shutGates(candidate, NOW).map(({ gate, found, needs }) => `${gate}: ${found}; ${needs}`);
const names = (candidate: Candidate): string[] => shutGates(candidate, NOW).map(({ gate }) => gate);

test.each<readonly [gate: string, path: string, value: unknown, told: string]>([
  ["role", "records.hasRole", false, "none; a role for the purpose in force"],
  ["offer", "offer", undefined, "none; an offer of the owner"],
  ["opt-in", "optsIn", undefined, "not said; the owner's word"],
  ["opt-in", "optsIn", false, "no; the owner's word"],
  ["report", "report", undefined, "none; 180 s or less"],
  ["report", "report.cameAt", Number.NaN, "none; 180 s or less"],
  ["report", "report.cameAt", NOW - 180_001, "180 s; 180 s or less"],
  ["report", "report.cameAt", NOW - 200_000, "200 s; 180 s or less"],
])("%s is shut where %s is %s", (gate, path, value, told) => {
  expect(shut(changed(BEST, path, value))).toEqual([`${gate}: ${told}`]);
});

describe("a phone", () => {
  const power = "a charger, or 50 % (45 % once it carries)";
  const uplink = "5000 kbit/s and less than 2 % lost for 600 s";
  test.each<readonly [gate: string, path: string, value: unknown, told: string]>([
    ["phone-policy", "records.phoneTier", undefined, "no tier for phones; `tiers` of the policy with `mobile-edge`"],
    ["phone-tier", "records.tier", 1, "1; 2"],
    ["phone-power", "phone.isPowered", false, `charger no, charge 100 %; ${power}`],
    ["phone-network", "report.device.network", "none", "none; wired, wifi or cellular"],
    ["phone-network", "report.device.network", "unknown", "unknown; wired, wifi or cellular"],
    ["phone-network", "report.device.network", "lan", "lan; wired, wifi or cellular"],
    ["phone-metered", "report.device.metered", true, "yes; no"],
    ["phone-metered", "report.device.metered", undefined, "yes; no"],
    ["phone-metered", "report.metered", true, "yes; no"],
    ["phone-foreground", "report.device.foreground", false, "no; yes"],
    ["phone-uplink", "phone.hasUplink", false, `10000 kbit/s and 0 % lost, good for 600 s; ${uplink}`],
    ["phone-uplink", "phone", { ...OPEN, hasUplink: false, last: {} }, `no link that both ends tell; ${uplink}`],
  ])("is shut out by %s where %s is %s", (gate, path, value, told) => {
    expect(shut(PHONE)).toEqual([]);
    expect(shut(changed(PHONE, path, value))).toEqual([`${gate}: ${told}`]);
    // Nothing of it shuts out a node that is no phone.
    if (path !== "report.metered") expect(shut(changed(BEST, path, value))).toEqual([]);
  });

  test("has to be reached from outside, in one way or the other", () => {
    const mapped = changed(PHONE, "report.nat", "mapped");
    expect(names(mapped)).toEqual([]);
    expect(shut(changed(mapped, "report.hasGoodEndpoint", false))).toEqual([
      "phone-reach: nat mapped; nat none, or an endpoint that is reached",
    ]);
    expect(names(changed(PHONE, "report.hasGoodEndpoint", undefined))).toEqual([]);
  });

  test("of which nothing is known has all gates shut, in their order", () => {
    const { records } = PHONE;
    const asker = PHONE.asker;
    const nothing: Candidate = {
      purpose: "relay",
      records: { ...records, hasRole: false, phoneTier: undefined },
      asker,
    };
    const others = ["record-alone", "phone-tier"];
    expect(names(nothing)).toEqual(GATES.filter((gate) => !others.includes(gate)));
  });

  test.each<readonly [Purpose, readonly string[]]>([
    ["relay", ["phone-policy"]],
    ["exit", ["phone-policy"]],
    ["replica", ["record-alone", "phone-policy"]],
    ["endpoint", []],
  ])("as %s: a record alone makes it a replica, and its endpoints may be called", (purpose, gates) => {
    expect(names({ ...changed(PHONE, "records.phoneTier", undefined), purpose })).toEqual(gates);
  });
});
