import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Kept } from "../../src/gateway/kept.ts";
import { partsOf } from "../../src/gateway/parts.ts";
import { readResticPath } from "../../src/gateway/restic-path.ts";
import { WaitingPlaces } from "../../src/drivers/waiting-places.ts";

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

test("parts of an object are its octets, whole and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), fc.nat(60), fc.nat(60), (sizes, a, b) => {
      const shards = sizes.map((size, at) => ({ hash: String(at), size }));
      const whole = shards.flatMap(({ hash, size }) => Array.from({ length: size }, (_, at) => `${hash} ${at}`));
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const read = partsOf({ shards }, first, last).flatMap(({ shard, from, to, at }) => {
        expect(whole[at]).toBe(`${shard.hash} 0`);
        return Array.from({ length: to - from }, (_, each) => `${shard.hash} ${from + each}`);
      });
      expect(read).toEqual(whole.slice(first, last + 1));
    }),
  );
});

test("what was used last is kept", () => {
  const kept = new Kept<number>(2);
  for (const [at, key] of ["a", "b"].entries()) kept.put(key, at);
  expect(kept.get("a")).toBe(0);
  kept.put("c", 2);
  expect(["a", "b", "c"].map((key) => kept.get(key))).toEqual([0, undefined, 2]);
  kept.delete("a");
  expect(kept.size).toBe(1);
});

test("places go to whoever waits, in order, and never to one who has gone", async () => {
  const places = new WaitingPlaces(1);
  const { signal } = new AbortController();
  const leave = await places.take(signal);
  const leaving = new AbortController();
  const gone = places.take(leaving.signal);
  const told: number[] = [];
  const waiting = [1, 2].map(async (each) => {
    const leaveAgain = await places.take(signal);
    told.push(each);
    leaveAgain();
    leaveAgain();
  });
  leaving.abort(new Error("gone"));
  await expect(gone).rejects.toThrow("gone");
  leave();
  await Promise.all(waiting);
  expect(told).toEqual([1, 2]);
  expect(places.taken).toBe(0);
  await expect(places.take(leaving.signal)).rejects.toThrow("gone");
});
