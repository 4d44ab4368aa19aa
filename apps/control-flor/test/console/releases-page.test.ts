import { expect, test } from "vitest";
import { releasePage } from "../../src/api/routes.ts";
import { releasesPage } from "../../src/console/releases-page.ts";
import { cellsOf } from "./cells.ts";
import { Sight } from "../../src/fabric/sight.ts";
import { NO_RELEASES, type ToldReleases } from "../../src/fabric/told-releases.ts";
import { nodeRecord, releaseRecord, viewOf } from "../a-fabric.ts";

/** The page of these releases. */
function draw(
  release: readonly ReturnType<typeof releaseRecord>[],
  releases: ToldReleases = NO_RELEASES,
  query = "",
): string {
  const kept = new URLSearchParams(query);
  const sight = new Sight(viewOf({ records: { release, node: [nodeRecord("a")] }, releases }), "all");
  return releasesPage({ cluster: "demo", ...releasePage(sight, kept), kept, told: "told by the agent of c" });
}

test("a release has its stage and how far it is, versions with the states of their nodes, nodes in trouble, and how to stop it", () => {
  const page = draw([releaseRecord("stable", "0.2.0")], {
    releases: [{ channel: "stable", epoch: 1, inStage: 4, whole: 2, back: 1 }],
    versions: [{ channel: "stable", version: "0.1.0", told: 3, states: { current: 0, waiting: 2, back: 1 } }],
    nodes: [{ node: "a", channel: "stable", version: "0.1.0", state: "back", code: "ERR_UPDATE_NOT_WHOLE" }],
  });
  const stop = "flor release stop REPO --channel stable";
  expect(cellsOf(page)).toEqual([
    ["stable", "0.2.0", "2 of 4", "in force at 10 %", "epoch 1, 1 went back", stop],
    ["stable", "0.1.0", "3", "installed", "2 waiting, 1 back", ""],
    ["stable", "0.1.0", "a", "back", "ERR_UPDATE_NOT_WHOLE", ""],
  ]);
  expect(page).toMatch(/<rect class="used"/);
  expect(page).not.toContain("<script");
});

test("a release that is stopped says so, and has nothing to stop", () => {
  expect(cellsOf(draw([releaseRecord("stable", "0.2.0", { stage: 0 })]))).toEqual([
    ["stable", "0.2.0", "", "stopped", "epoch 1", ""],
  ]);
});

test("no release is a sentence", () => {
  expect(draw([])).toContain("No release is in force: no node takes packages by itself, told by the agent of c.");
});

test("texts of others are text, and no part of a command", () => {
  const evil = "<img src=x>; rm -rf /";
  const page = draw([releaseRecord(evil, evil)], {
    releases: [],
    versions: [{ channel: evil, version: evil, told: 1, states: { [evil]: 1 } }],
    nodes: [{ node: "a", channel: evil, version: evil, state: evil, code: evil }],
  });
  expect(page).not.toContain("<img");
  expect(page).not.toContain("--channel &lt;");
});

test("of many channels a page has as many as were asked for", () => {
  const records = Array.from({ length: 5 }, (_, at) => releaseRecord(`c${at}`, "0.2.0"));
  const first = draw(records, NO_RELEASES, "limit=2");
  expect(cellsOf(first).map(([channel]) => channel)).toEqual(["c0", "c1"]);
  expect(first).toMatch(/<a href="releases\?limit=2&amp;after=/);
});
