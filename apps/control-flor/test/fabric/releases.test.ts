import { expect, test } from "vitest";
import { Sight } from "../../src/fabric/sight.ts";
import type { ToldReleases } from "../../src/fabric/told-releases.ts";
import { FABRIC, releaseRecord, viewOf, WALL } from "../a-fabric.ts";

const release = [
  releaseRecord("stable", "0.2.0", { rule: { steps: [100, 10_000] }, deadline: WALL }),
  releaseRecord("beta", "0.3.0", { stage: 0 }),
];
const releases: ToldReleases = {
  releases: [{ channel: "stable", epoch: 1, inStage: 4, whole: 2, back: 1 }],
  versions: [
    { channel: "stable", version: "0.1.0", told: 3, states: { current: 0, waiting: 2, back: 1 } },
    { channel: "beta", version: "0.3.0", told: 1, states: { current: 1 } },
  ],
  nodes: [
    { node: "a", channel: "stable", version: "0.1.0", state: "back", code: "ERR_UPDATE_NOT_WHOLE" },
    { node: "z", channel: "stable", version: "0.1.0", state: "refused", code: null },
  ],
};
const view = viewOf({ ...FABRIC, records: { ...FABRIC.records, release }, releases });

test("a release has what its record says, and how far the nodes are that are to take it", () => {
  const [beta, stable] = new Sight(view, "all").releases;
  expect(stable).toMatchObject({
    channel: "stable",
    version: "0.2.0",
    stage: 1_000,
    rollback: { lowest: "0.1.0" },
    deadline: new Date(WALL).toISOString(),
    steps: [100, 10_000],
    progress: { inStage: 4, whole: 2, back: 1 },
    versions: [{ version: "0.1.0", nodes: 3, states: { current: 0, waiting: 2, back: 1 } }],
    record: { id: "stable-id", epoch: 1 },
  });
  expect(beta).toMatchObject({ stage: 0, deadline: null, steps: [], progress: null, troubled: [] });
});

test("counts by another stage are none of this one", () => {
  const former = { ...releases, releases: [{ ...releases.releases[0]!, epoch: 7 }] };
  const [, stable] = new Sight({ ...view, releases: former }, "all").releases;
  expect(stable!.progress).toBeNull();
});

test.each([
  ["all", ["a", "z"]],
  [new Set(["acme"]), ["a"]],
  [new Set(["zenith"]), ["z"]],
] as const)(
  "a reader of %o sees all releases, and of nodes in trouble those that it sees",
  (organizations, expected) => {
    const seen = new Sight(view, organizations).releases;
    expect(seen.map(({ channel }) => channel)).toEqual(["beta", "stable"]);
    expect(seen[1]!.troubled.map(({ node }) => node)).toEqual(expected);
  },
);

test("releases are taken over while nothing of them is another, and are others where a count is", () => {
  const former = new Sight(view, "all");
  const digest = former.digest("releases");
  const same = new Sight({ ...view }, "all", [], former);
  expect(same.releases).toBe(former.releases);
  const other = new Sight({ ...view, releases: { ...releases, nodes: [] } }, "all", [], former);
  expect(other.digest("releases")).not.toBe(digest);
});

test("a time that nobody can write is the last one", () => {
  const late = [releaseRecord("stable", "0.2.0", { rollback: { lowest: "0.1.0", until: Number.MAX_SAFE_INTEGER } })];
  const [stable] = new Sight(viewOf({ records: { release: late } }), "all").releases;
  expect(stable!.rollback.until).toBe("+275760-09-13T00:00:00.000Z");
});
