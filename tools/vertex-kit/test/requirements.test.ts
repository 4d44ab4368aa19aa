/** Every requirement of the documents has a check, and every check a requirement. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { choose } from "../src/check.ts";
import { CLUSTER_VERTEX_CHECKS } from "../src/cluster-vertex/plan.ts";
import { LINK_VERTEX_CHECKS } from "../src/link-vertex/plan.ts";
import { readRequirements, readSharedNumbers } from "../src/requirements.ts";

function readPage(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
}

const linkRequirements = readRequirements(readPage("protocol/link-vertex.md"));
const clusterRequirements = readRequirements(readPage("protocol/cluster-vertex.md"));
const shared = new Set(readSharedNumbers(readPage("protocol/cluster-vertex.md")));
const all = [...linkRequirements, ...clusterRequirements];
/** The least number of requirements of each kind: a page that was read wrongly would have fewer. */
const FEWEST = { LV: 32, FI: 23, PA: 50, CV: 13, PC: 44 };

test.each(Object.entries(FEWEST))("the pages number the %s requirements from 1, without a gap", (prefix, fewest) => {
  const numbers = all.flatMap(({ number }) => (number.startsWith(prefix) ? [number] : []));
  expect(numbers).toEqual(numbers.map((_, i) => `${prefix}-${i + 1}`));
  expect(numbers.length).toBeGreaterThanOrEqual(fewest);
});

describe.each([
  ["link vertices", linkRequirements, LINK_VERTEX_CHECKS],
  [
    "cluster vertices",
    [...clusterRequirements, ...linkRequirements.filter(({ number }) => shared.has(number))],
    CLUSTER_VERTEX_CHECKS,
  ],
] as const)("%s", (_, requirements, checks) => {
  test("each requirement is checked, or the page says why nobody can see it", () => {
    const checked = new Set<string>(checks.map(({ requirement }) => requirement));
    const missed = requirements.filter(({ number, notSeen }) => checked.has(number) === (notSeen !== undefined));
    expect(missed).toEqual([]);
    const known = new Set(requirements.map(({ number }) => number));
    expect([...checked].filter((number) => !known.has(number))).toEqual([]);
  });
});

test("what is shared is there", () => {
  expect(shared.size).toBeGreaterThanOrEqual(25);
  const known = new Set(linkRequirements.map(({ number }) => number));
  expect([...shared].filter((number) => !known.has(number))).toEqual([]);
});

test("a requirement is a sentence", () => {
  for (const { text } of all) expect(text).toMatch(/^[A-Z`][^|]*\.$/);
});

test("checks are chosen by their number or their title", () => {
  const numbersOf = (pattern: string): string[] => {
    return choose(LINK_VERTEX_CHECKS, pattern).map(({ requirement }) => requirement);
  };
  expect(new Set(numbersOf("PA-1"))).toEqual(new Set(["PA-1"]));
  expect(new Set(numbersOf("FI-")).size).toBe(
    new Set(LINK_VERTEX_CHECKS.map((c) => c.requirement).filter((n) => n.startsWith("FI-"))).size,
  );
  expect(numbersOf("a late CloseLink")).toEqual(["PA-25"]);
  expect(numbersOf("PA-25|FI-18 ")).toEqual(["FI-18", "PA-25"]);
});
