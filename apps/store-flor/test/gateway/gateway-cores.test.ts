import { expect, test } from "vitest";
import { Kept } from "../../src/gateway/kept.ts";
import { readResticPath } from "../../src/gateway/restic-path.ts";

const ID = "ab".repeat(32);
const collection = { scope: "org/acme", name: "backups" };

test.each([
  ["/org/acme/backups/", { collection, kind: "repository", isCreated: false }],
  ["/org/acme/backups?create=true", { collection, kind: "repository", isCreated: true }],
  ["/org/acme/backups/config", { collection, kind: "file", name: "config", id: undefined }],
  ["/org/acme/backups/data/", { collection, kind: "list", prefix: "data/" }],
  ["/org/acme/backups/data", { collection, kind: "list", prefix: "data/" }],
  [`/org/acme/backups/locks/${ID}`, { collection, kind: "file", name: `locks/${ID}`, id: ID }],
  ["/cluster/b/keys/", { collection: { scope: "cluster", name: "b" }, kind: "list", prefix: "keys/" }],
])("%s is a path of restic's", (url, path) => expect(readResticPath(url)).toEqual(path));

test.each([
  "",
  "/",
  "config",
  "/config",
  "/org/acme",
  "/org/../backups/config",
  "/org/acme/Backups/config",
  "/org/acme/backups/other/",
  `/org/acme/backups/data/${ID}/x`,
  `/org/acme/backups/data/${ID.toUpperCase()}`,
  "/org/acme/backups/data/..%2f",
  "/org/acme/backups/config?x",
  `/org/acme/backups/${"a".repeat(600)}`,
])("%s is none", (url) => expect(readResticPath(url)).toBeUndefined());

test("what was used last is kept", () => {
  const kept = new Kept<number>(2);
  for (const [at, key] of ["a", "b"].entries()) kept.put(key, at);
  expect(kept.get("a")).toBe(0);
  kept.put("c", 2);
  expect(["a", "b", "c"].map((key) => kept.get(key))).toEqual([0, undefined, 2]);
  kept.delete("a");
  expect(kept.size).toBe(1);
});
