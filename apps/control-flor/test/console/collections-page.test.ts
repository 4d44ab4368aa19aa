import { expect, test } from "vitest";
import { collectionPage } from "../../src/api/routes.ts";
import { collectionsPage } from "../../src/console/collections-page.ts";
import { cellsOf } from "./cells.ts";
import { Sight } from "../../src/fabric/sight.ts";
import { collectionRecord, FABRIC, type Fabric, viewOf } from "../a-fabric.ts";

/** The page of these collections. */
function draw(
  collection: readonly ReturnType<typeof collectionRecord>[],
  query = "",
  holders: Fabric["holders"] = [],
): string {
  const kept = new URLSearchParams(query);
  const sight = new Sight(viewOf({ ...FABRIC, records: { ...FABRIC.records, collection }, holders }), "all");
  return collectionsPage({ cluster: "demo", ...collectionPage(sight, kept), kept, told: "told by the agent of c" });
}

test("a collection has its holders, how many are there, its budget and end, and how to change it", () => {
  const page = draw([collectionRecord("backups", ["a", "z"], "org/acme", { "recovery-epoch": 2 })]);
  const change = "flor fabric propose collection backups --after backups.fact --out backups-next.fact";
  const place = "org/acme/backups";
  expect(cellsOf(page)).toEqual([
    [place, "1 of 2", "down, recovery epoch 2", "2", "500 GB", "30 d", "user/alice", "2026-11-28", change],
    [place, "a", "announced in at-a, without the role storage", "", "", "", "", "", ""],
    [place, "z", "silent in at-z, without the role storage", "", "", "", "", "", ""],
  ]);
  expect(page).toMatch(/<rect class="used"/);
  expect(page).not.toContain("<script");
});

test("a holder that challenges have found out says so", () => {
  const of = { scope: "cluster", name: "backups" };
  const page = draw([collectionRecord("backups", ["a", "b"])], "", [
    { ...of, node: "a", failures: 9, keepsNothing: true },
    { ...of, node: "b", failures: 2, keepsNothing: false },
  ]);
  expect(
    cellsOf(page)
      .slice(1)
      .map(([, node, words]) => [node, words]),
  ).toEqual([
    ["a", "announced in at-a, without the role storage, keeps nothing"],
    ["b", "announced in at-b, without the role storage, shards not shown: 2"],
  ]);
});

test.each([
  [0, "no time"],
  [90, "2 min"],
  [43_200, "12 h"],
  [31_536_000, "365 d"],
])("a retention of %i s is told as: %s", (retention, words) => {
  const [row] = cellsOf(draw([collectionRecord("backups", ["a"], "cluster", { retention })]));
  expect(row![5]).toBe(words);
});

test("no collection is a sentence", () => {
  expect(draw([])).toContain("No collection is in force that you may see: nothing is stored, told by the agent of c.");
});

test("texts of others are text, and no part of a command", () => {
  const evil = "<img src=x>; rm -rf /";
  const page = draw([collectionRecord(evil, [evil], "cluster", { writers: [evil] })]);
  expect(page).not.toContain("<img");
  expect(page).not.toContain("collection &lt;");
});

test("of many collections a page has as many as were asked for", () => {
  const records = Array.from({ length: 5 }, (_, at) => collectionRecord(`c${at}`, ["a", "b"]));
  const first = draw(records, "limit=2");
  expect(new Set(cellsOf(first).map(([name]) => name))).toEqual(new Set(["cluster/c0", "cluster/c1"]));
  expect(first).toMatch(/<a href="collections\?limit=2&amp;after=/);
});
