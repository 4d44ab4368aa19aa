import { expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import type { Run } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const fleet = (...words: readonly string[]): Promise<Run> => agent.run("fleet", ...words);

const AT = "2026-11-29T22:00:00.000Z";
const SINCE = "2026-11-29T21:00:00.000Z";
const measure = (count: number, sum: number) => ({ unit: "percent", count, sum, bounds: [10], buckets: [0, count] });
const tally = (heard: number, unwell = 0) => ({
  nodes: { heard, silent: 1, unwell, phones: 2, relays: 3 },
  findings: unwell > 0 ? { loss: unwell } : {},
  measures:
    heard === 0 ? {} : { cpu: measure(heard, 20 * heard), "round-trip": measure(4, 90_000), loss: measure(4, 40_000) },
});
const NOTHING = { nodes: { heard: 0 }, findings: {}, measures: {} };
const observer = (name: string) => ({ observer: name, record: "3f".repeat(32), at: AT, since: SINCE, heard: 4 });
const NORTH = {
  partition: "north",
  organization: null,
  by: "o1",
  observers: [observer("o1"), observer("o2")],
  all: tally(4, 1),
  roles: { relay: tally(3) },
  none: tally(1),
  other: NOTHING,
  versions: { "0.2.0": 3 },
  otherVersions: 1,
};
const ACME = { ...NORTH, organization: "acme", all: tally(2) };
const SOUTH = { ...NORTH, partition: "south", by: "o3", observers: [observer("o3")], all: tally(0) };

test("a fleet is shown by partitions, with who says so, who is unwell, and versions", async () => {
  agent.answer = { node: "c1", fleet: [NORTH, ACME, SOUTH], left: 0, next: null };
  const run = await fleet();
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(agent.asked).toBe("/fleet");
  expect(run.out).toMatchInlineSnapshot(`
    "the fleet, as c1 was told
      PARTITION  HEARD  SILENT  UNWELL  PHONES  RELAYS  CPU   LINKS  RTT      LOSS
      north      4      1       1       2       3       20 %  -      22.5 ms  1.00 %
      south      0      1       0       2       3       -     -      -        -

    north: o1 says so, at 2026-11-29T22:00:00.000Z, and listens since 2026-11-29T21:00:00.000Z; so do o2
    south: o3 says so, at 2026-11-29T22:00:00.000Z, and listens since 2026-11-29T21:00:00.000Z; no other observer is heard
    unwell: loss 1
    versions: 0.2.0 6, 2 with any other"
  `);
  expect(JSON.parse((await fleet("--json")).out)).toEqual({ node: "c1", fleet: [NORTH, ACME, SOUTH] });
});

test("sums are by what is asked for, over all partitions", async () => {
  agent.answer = { node: "c1", fleet: [NORTH, ACME, SOUTH], left: 0, next: null };
  const rows = async (by: string): Promise<string[][]> =>
    (await fleet("--by", by)).out
      .split("\n")
      .slice(2, 4)
      .map((line) => line.trim().split(/ {2,}/).slice(0, 3));
  expect(await rows("organization")).toEqual([
    ["acme", "2", "1"],
    ["others", "2", "1"],
  ]);
  expect(await rows("role")).toEqual([
    ["-", "2", "2"],
    ["relay", "6", "2"],
  ]);
});

test("there are no other organizations where all are told, also by a word that is newer than that of the whole", async () => {
  const whole = { ...ACME, organization: null };
  agent.answer = { node: "c1", fleet: [whole, ACME, { ...ACME, organization: "globex", all: tally(3) }], next: null };
  expect((await fleet("--by", "organization")).out).not.toContain("others");
});

test("a node that no observer tells says so, and what is no fleet is an error", async () => {
  agent.answer = { node: "c1", fleet: [], left: 0, next: null };
  expect((await fleet()).out).toContain("was told nothing");
  agent.answer = { node: "c1", fleet: [{ ...NORTH, all: 7 }], next: null };
  expect(await fleet()).toMatchObject({ code: 3, err: expect.stringContaining("ERR_ADMIN_ANSWER") as string });
});

test("names of others move no cursor", async () => {
  agent.answer = { node: "c1", fleet: [{ ...NORTH, partition: "\u001b[2Jx" }], next: null };
  expect((await fleet()).out).not.toContain("\u001b");
});
