import { expect, test } from "vitest";
import {
  FIRST_STATUS,
  readStatus,
  refused,
  settled,
  underWay,
  type UpdateStatus,
} from "../../src/journal/update-status.ts";
import { FAILED_MAX } from "../../src/limits.ts";
import { renderUpdateStatus } from "../../src/admin/render-status.ts";
import { aJournal } from "../a-journal.ts";

const NOW = 1_790_000_000_000;
const journal = { ...aJournal(), why: { code: "ERR_UPDATE_NOT_WHOLE", message: "the node has its link b/1 not up" } };
const before: UpdateStatus = {
  ...FIRST_STATUS,
  kept: ["florenetes-node_0.1.0_amd64.deb", "florenetes-runtime_24.0.0_amd64.deb"],
  failed: ["0.1.1"],
};

function expectRead(status: UpdateStatus): void {
  expect(readStatus(JSON.stringify(status))).toEqual(status);
}

test("a release that is whole is installed, kept for the way back, and no longer one that failed", () => {
  const status = settled(underWay(before, journal), aJournal(), "whole", NOW);
  expect(status).toMatchObject({
    installed: { version: "0.1.1", since: NOW },
    floor: { lowest: "0.1.0", until: 2_000 },
    kept: [
      "florenetes-node_0.1.1_amd64.deb",
      "florenetes-runtime_24.0.0_amd64.deb",
      "florenetes-tools_0.1.1_amd64.deb",
    ],
    failed: [],
    underWay: null,
    last: { outcome: "whole", record: journal.release.record },
  });
  expect(status.last).not.toHaveProperty("code");
  expectRead(status);
});

test("a node that went back keeps its former packages, and says why", () => {
  const status = settled(before, journal, "back", NOW);
  expect(status).toMatchObject({
    installed: null,
    kept: [
      "florenetes-node_0.1.0_amd64.deb",
      "florenetes-runtime_24.0.0_amd64.deb",
      "florenetes-tools_0.1.0_amd64.deb",
    ],
    failed: ["0.1.1"],
    last: { outcome: "back", ...journal.why },
  });
  expectRead(status);
  expect(settled(status, journal, "back", NOW)).toEqual(status);
});

test("a version whose update was interrupted is tried again, and after a second time it is not", () => {
  const cut = { ...journal, why: { code: "ERR_UPDATE_INTERRUPTED", message: "it was interrupted" } };
  const once = settled({ ...before, failed: [] }, cut, "back", NOW);
  expect(once).toMatchObject({ failed: [], interrupted: "0.1.1" });
  expectRead(once);
  const other = { ...cut, release: { ...cut.release, version: "0.1.2" } };
  expect(settled(once, other, "back", NOW)).toMatchObject({ failed: [], interrupted: "0.1.2" });
  const twice = settled(once, cut, "back", NOW);
  expect(twice.failed).toEqual(["0.1.1"]);
  for (const status of [
    twice,
    settled(once, journal, "back", NOW),
    settled(once, cut, "whole", NOW),
    settled(once, cut, "lost", NOW),
  ])
    expect(status.interrupted).toBeUndefined();
});

test("a node that could not go back says so under a code of its own, and what was refused changes nothing else", () => {
  expect(settled(before, journal, "lost", NOW).last).toMatchObject({ outcome: "lost", code: "ERR_UPDATE_LOST" });
  const status = refused(before, journal.release, { code: "ERR_UPDATE_STAGE", message: "later ".repeat(1_000) }, NOW);
  expect({ ...status, last: null }).toEqual(before);
  expectRead(status);
});

test("the oldest of the versions that failed are forgotten", () => {
  let status = FIRST_STATUS;
  for (let at = 0; at <= FAILED_MAX; at++)
    status = settled(status, { ...journal, release: { ...journal.release, version: `0.${at}.0` } }, "back", NOW);
  expect(status.failed).toHaveLength(FAILED_MAX);
  expect(status.failed.at(0)).toBe("0.1.0");
  expectRead(status);
});

test("people are shown what is installed, and how the last release ended", () => {
  expect(renderUpdateStatus(settled(before, journal, "back", NOW), "0.2.0 (ab)")).toBe(
    "update-flor 0.2.0 (ab)\n" +
      "installed  not by a release\n" +
      "goes back  nowhere\n" +
      "kept       florenetes-node_0.1.0_amd64.deb florenetes-runtime_24.0.0_amd64.deb florenetes-tools_0.1.0_amd64.deb\n" +
      "not again  0.1.1\n" +
      "last       0.1.1 of stable was taken back, 2026-09-21T14:13:20.000Z\n" +
      "           the node has its link b/1 not up [ERR_UPDATE_NOT_WHOLE]\n",
  );
});

test("the packages before an update are those to which people may order the node back, and then no more", () => {
  const whole = settled(before, aJournal(), "whole", NOW);
  expect(whole.former).toMatchObject({
    version: "0.1.0",
    packages: [{ file: "former/florenetes-node_0.1.0_amd64.deb" }, {}],
  });
  expectRead(whole);
  const record = "cd".repeat(32);
  const [wished, former] = [whole.former!.packages, aJournal().wished];
  const kept = former.map((each) => ({ ...each, file: each.file.replace("incoming", "kept") }));
  const release = { channel: "stable", version: "0.1.0", epoch: 7, record };
  const back = { ...aJournal(), wished, former: kept, release, order: { record, leaves: "0.1.1" } };
  const done = settled(whole, back, "whole", NOW);
  expect(done).toMatchObject({
    installed: { version: "0.1.0" },
    floor: null,
    failed: ["0.1.1"],
    former: undefined,
    order: { record, outcome: "done" },
  });
  expect(done.kept).toContain("florenetes-node_0.1.0_amd64.deb");
  expectRead(done);
  const failed = settled(whole, { ...back, why: { code: "ERR_UPDATE_NOT_WHOLE", message: "it is not" } }, "back", NOW);
  expect(failed).toMatchObject({
    failed: [],
    former: whole.former,
    order: { outcome: "failed", code: "ERR_UPDATE_NOT_WHOLE" },
  });
  expect(failed.kept).toContain("florenetes-node_0.1.1_amd64.deb");
  expectRead(failed);
});
