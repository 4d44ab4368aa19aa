import type { DeviceProfile, ReleaseBody } from "@florenetes/facts";
import { expect, test } from "vitest";
import { decide, type DecisionGrounds, nextDecision } from "../../../src/agent/releases/decision.ts";
import { DAY } from "../../demo-records.ts";
import { NOW, PRESENT, presentAt, releaseBody, UPDATE } from "./release-scene.ts";

const PHONE: DeviceProfile = { battery: 80, charging: true, network: "wifi", metered: false, foreground: false };
const LAST = {
  channel: "stable",
  version: "0.1.1",
  epoch: 1,
  record: "ab".repeat(32),
  outcome: "back",
  at: NOW,
} as const;
const floor = { lowest: "0.0.9", until: NOW + DAY };

function decision(body: Partial<ReleaseBody> = {}, grounds: Partial<DecisionGrounds> = {}) {
  const node = { node: "a", channel: "stable", packages: PRESENT, update: UPDATE, phone: undefined, wall: NOW };
  const { kind, ...rest } = decide({ ...node, body: releaseBody(body), ...grounds });
  if (kind === "take") return "take";
  const [word] = Object.values(rest);
  return word === undefined ? kind : `${kind} ${String(word)}`;
}

test.each<[string, string, Partial<ReleaseBody>, Partial<DecisionGrounds>]>([
  ["a node in the stage takes it", "take", {}, {}],
  ["as well one of which update-flor has said nothing", "take", {}, { update: undefined }],
  ["one that has it is current", "current", {}, { packages: presentAt("0.1.1") }],
  ["also where it was stopped", "current", { stage: 0 }, { packages: presentAt("0.1.1") }],
  ["one that has a part of it is not", "take", {}, { packages: [PRESENT[0]!, presentAt("0.1.1")[1]!] }],
  ["stage 0 stops", "waiting stage", { stage: 0 }, {}],
  ["a phone takes it when it is fed, in a Wi-Fi", "take", {}, { phone: PHONE }],
  ["not from its battery", "waiting device", {}, { phone: { ...PHONE, charging: false } }],
  ["not for money", "waiting device", {}, { phone: { ...PHONE, metered: true } }],
  ["not over cellular", "waiting device", {}, { phone: { ...PHONE, network: "cellular" } }],
  ["not while nothing is known of its network", "waiting device", {}, { phone: { ...PHONE, network: "unknown" } }],
  ["at its deadline anyway", "take", { deadline: NOW }, { phone: { ...PHONE, charging: false, metered: true } }],
  ["not before", "waiting device", { deadline: NOW + 1 }, { phone: { ...PHONE, charging: false } }],
  ["a deadline does not come before the stage", "waiting stage", { deadline: NOW, stage: 0 }, { phone: PHONE }],
  ["under way", "installing", {}, { update: { ...UPDATE, underWay: { version: "0.1.1", phase: "dpkg" } } }],
  ["a version that failed", "back", {}, { update: { ...UPDATE, failed: ["0.1.1"] } }],
  [
    "and why",
    "back ERR_UPDATE_NOT_WHOLE",
    {},
    { update: { ...UPDATE, failed: ["0.1.1"], last: { ...LAST, code: "ERR_UPDATE_NOT_WHOLE" } } },
  ],
  [
    "one that is lost",
    "refused ERR_UPDATE_LOST",
    {},
    { update: { ...UPDATE, failed: ["0.1.1"], last: { ...LAST, outcome: "lost", code: "ERR_UPDATE_LOST" } } },
  ],
  ["another version than the failed one", "take", { version: "0.1.2" }, { update: { ...UPDATE, failed: ["0.1.1"] } }],
  ["an older one without a floor", "refused ERR_FABRIC_RELEASE_FLOOR", { version: "0.0.9" }, {}],
  ["an older one that the floor lets in", "take", { version: "0.0.9" }, { update: { ...UPDATE, floor } }],
  ["one below the floor", "refused ERR_FABRIC_RELEASE_FLOOR", { version: "0.0.8" }, { update: { ...UPDATE, floor } }],
  [
    "a floor whose time is over",
    "refused ERR_FABRIC_RELEASE_FLOOR",
    { version: "0.0.9" },
    { update: { ...UPDATE, floor: { ...floor, until: NOW } } },
  ],
  [
    "one from which there is no way back",
    "refused ERR_FABRIC_RELEASE_WAY",
    { rollback: { lowest: "0.1.1", until: NOW + DAY } },
    {},
  ],
  ["or not any more", "refused ERR_FABRIC_RELEASE_WAY", { rollback: { lowest: "0.1.0", until: NOW } }, {}],
  [
    "a package of ours that the release has not",
    "refused ERR_FABRIC_RELEASE_PACKAGES",
    {},
    { packages: [...PRESENT, { name: "florenetes-control", version: "0.1.0", arch: "amd64" }] },
  ],
  [
    "another processor",
    "refused ERR_FABRIC_RELEASE_PACKAGES",
    {},
    { packages: PRESENT.map((each) => ({ ...each, arch: "arm64" })) },
  ],
  ["a machine without our packages", "refused ERR_FABRIC_RELEASE_PACKAGES", {}, { packages: [] }],
])("%s: %s", (_, expected, body, grounds) => {
  expect(decision(body, grounds)).toBe(expected);
});

test("a stage takes in the nodes of all lower ones", () => {
  const nodes = Array.from({ length: 200 }, (_, at) => `n${at}`);
  const taking = (stage: number): readonly string[] => nodes.filter((node) => decision({ stage }, { node }) === "take");
  const [few, half, all] = [taking(1_000), taking(5_000), taking(10_000)];
  expect(all).toEqual(nodes);
  expect(half.length).toBeGreaterThan(60);
  expect(half.length).toBeLessThan(140);
  expect(few.length).toBeGreaterThan(0);
  expect(half).toEqual(expect.arrayContaining([...few]));
});

test("what is fetched are the new packages, and the former ones that update-flor has not kept", () => {
  const update = { ...UPDATE, kept: ["florenetes-node_0.1.0_amd64.deb"] };
  const grounds = { node: "a", channel: "stable", body: releaseBody(), packages: PRESENT, phone: undefined, wall: NOW };
  expect(decide({ ...grounds, update })).toMatchObject({
    packages: [{ name: "florenetes-node" }, { name: "florenetes-common" }],
    former: ["florenetes-common_0.1.0_amd64.deb"],
  });
});

test("a decision is another one at the deadline, and when a way back ends", () => {
  const body = releaseBody({ deadline: NOW + 5, rollback: { lowest: "0.1.0", until: NOW + 9 } });
  expect(nextDecision(body, UPDATE, NOW)).toBe(NOW + 5);
  expect(nextDecision(body, UPDATE, NOW + 5)).toBe(NOW + 9);
  expect(nextDecision(body, { ...UPDATE, floor: { lowest: "0.1.0", until: NOW + 7 } }, NOW + 5)).toBe(NOW + 7);
  expect(nextDecision(body, UPDATE, NOW + 9)).toBe(Number.POSITIVE_INFINITY);
});
