import { expect, test } from "vitest";
import { releaseFindings, releaseLines, type ReleaseStatus } from "../../src/admin/release-status.ts";

const STATUS: ReleaseStatus = {
  channel: "stable",
  version: "0.1.0",
  state: "waiting",
  code: null,
  waitsFor: "stage",
  release: { version: "0.1.1", epoch: 3, stage: 150, deadline: null },
  fetches: { begun: 0, done: 0, failed: 0 },
};

test.each<[string, Partial<ReleaseStatus> | null, string | undefined]>([
  ["none is followed", null, undefined],
  [
    "it waits",
    {},
    "releases of stable: 0.1.1 at 1.5 % of the nodes (epoch 3); this node has 0.1.0, waiting (its stage has not come)",
  ],
  [
    "it went back",
    { state: "back", waitsFor: null, code: "ERR_UPDATE_NOT_WHOLE" },
    "releases of stable: 0.1.1 at 1.5 % of the nodes (epoch 3); this node has 0.1.0, back (ERR_UPDATE_NOT_WHOLE)",
  ],
  [
    "nothing is known",
    { state: null, version: null, release: null, waitsFor: null },
    "releases of stable: no release is held; this node has no package, not known yet",
  ],
])("status has a line where %s", (_, change, line) => {
  const releases = change === null ? null : { ...STATUS, ...change };
  expect([...releaseLines({ releases })][0]).toBe(line);
});

test.each<[string, Partial<ReleaseStatus> | null, RegExp | undefined]>([
  ["none is followed", null, undefined],
  ["it waits", {}, undefined],
  ["it is current", { state: "current", waitsFor: null }, undefined],
  ["it fetches", { state: "fetching", waitsFor: null }, undefined],
  ["it went back", { state: "back" }, /was not whole with 0\.1\.1.*update-flor retry/],
  ["it refuses", { state: "refused", code: "ERR_X" }, /does not take 0\.1\.1.*flor explain ERR_X/],
  ["it cannot fetch", { state: "fetching", code: "ERR_X" }, /does not come to this node.*ERR_X.*tried again/],
])("a finding says so where %s", (_, change, expected) => {
  const releases = change === null ? null : { ...STATUS, ...change };
  const findings = [...releaseFindings({ releases })].map((each) => JSON.stringify(each));
  if (expected === undefined) expect(findings).toEqual([]);
  else expect(findings).toEqual([expect.stringMatching(expected)]);
});
