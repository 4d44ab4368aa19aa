import { expect, test } from "vitest";
import { ToldHolders } from "../../src/admin/told-holders.ts";

test("the last words of a holder count for a minute", () => {
  const told = new ToldHolders();
  expect(told.tell(0)).toEqual([]);
  told.handleTold(["cluster/backups:c:12:keeps-nothing", "org/acme/papers:d:1:holds"], 0);
  expect(told.tell(60_000)).toEqual([
    { scope: "cluster", name: "backups", node: "c", failures: 12, keepsNothing: true },
    { scope: "org/acme", name: "papers", node: "d", failures: 1, keepsNothing: false },
  ]);
  told.handleTold([], 50_000);
  expect(told.tell(60_001)).toEqual([]);
  told.handleTold(["cluster/backups:b:1:holds"], 70_000);
  expect(told.tell(70_000).map(({ node }) => node)).toEqual(["b"]);
});

test.each([
  "",
  "cluster/backups:c:12",
  "cluster/backups:c:-1:holds",
  "cluster/backups:c:1e9:holds",
  "cluster/backups:c:1:lies",
  "cluster/../x:c:1:holds",
  "cluster/backups:../c:1:holds",
  "org/backups:c:1:holds",
  "org/../backups:c:1:holds",
  "backups:c:1:holds",
  `cluster/${"x".repeat(64)}:c:1:holds`,
  "cluster/backups:c:9999999999999999:holds",
])("the word '%s' says nothing", (word) => {
  const told = new ToldHolders();
  told.handleTold([word, "cluster/backups:b:1:holds"], 0);
  expect(told.tell(0).map(({ node }) => node)).toEqual(["b"]);
});

test("of more holders than one tells no more are remembered", () => {
  const told = new ToldHolders();
  told.handleTold(
    Array.from({ length: 1_000 }, (_, at) => `cluster/backups:n${at}:1:holds`),
    0,
  );
  expect(told.tell(0)).toHaveLength(16);
});
