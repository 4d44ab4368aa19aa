import type { ReleaseBody } from "@florenetes/facts";
import { expect, test } from "vitest";
import {
  type Contracts,
  incompatibleWith,
  leavingRecords,
  namesOf,
  speaks,
} from "../../../src/agent/releases/compat.ts";
import { CONTRACTS, release, releaseBody } from "./release-scene.ts";

const FEED = (lowest: number, highest: number): Contracts => [{ of: "feed", lowest, highest }];

test.each<[string, Contracts, Contracts, boolean]>([
  ["the same version", FEED(1, 1), FEED(1, 1), true],
  ["a range that touches", FEED(2, 3), FEED(1, 2), true],
  ["a range within", FEED(1, 9), FEED(3, 4), true],
  ["later versions alone", FEED(3, 4), FEED(1, 2), false],
  ["earlier versions alone", FEED(1, 2), FEED(3, 4), false],
  ["a contract that the release does not speak", [], FEED(1, 1), false],
  [
    "a contract that the node does not know yet",
    [...FEED(1, 1), { of: "new", lowest: 1, highest: 1 }],
    FEED(1, 1),
    true,
  ],
  ["a node that has told none", FEED(1, 1), [], true],
])("%s: a release and a node speak to each other, or not", (_, of, node, expected) => {
  expect(speaks(of, node)).toBe(expected);
});

const old: Contracts = [{ of: "feed", lowest: 0, highest: 0 }];
const living = (...names: readonly string[]) =>
  [["ok", CONTRACTS], ...names.map((name) => [name, old] as const)] as const;
const against = (body: Partial<ReleaseBody>, ...names: readonly string[]) =>
  incompatibleWith({ subject: "stable" }, releaseBody(body), living(...names));

test("nodes that the release could not speak to are named, unless it says itself that they are left behind", () => {
  expect(against({}, "z", "a")).toEqual({ channel: "stable", nodes: ["a", "z"], more: 0 });
  expect(against({ leaves: ["a"] }, "z", "a")).toMatchObject({ nodes: ["z"] });
  expect(against({ leaves: ["a", "z"] }, "z", "a")).toBeUndefined();
  expect(against({})).toBeUndefined();
});

test("a release that stops leaves nobody behind: it is never refused", () => {
  expect(against({ stage: 0 }, "a")).toBeUndefined();
});

test("of many nodes sixteen are named, and how many more there are", () => {
  const left = against({}, ...Array.from({ length: 100 }, (_, at) => `n${String(at).padStart(3, "0")}`))!;
  expect([left.nodes.length, left.more]).toEqual([16, 84]);
  expect(namesOf(left)).toMatch(/^n000, n001, .* and 84 more$/);
});

test("of records that are handed in, releases alone are held against the nodes that live", () => {
  const records = [release(), Buffer.from("no record"), release({ leaves: ["a"] }), release({ stage: 0 })];
  expect([...leavingRecords(records, "demo", () => living("a")).keys()]).toEqual([0]);
  const isVoid = release({}, { void: true, body: {} });
  expect(leavingRecords([isVoid], "demo", () => living("a")).size).toBe(0);
});
