/** Collections of storage: who signs them, and how they are proposed. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fact, readRecordTexts, type RootBody } from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-collection-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(base, ...names);
const fabric = (...args: readonly string[]): Promise<Run> => flor("fabric", ...args);
const factOf = (file: string): Fact => requireRecord(readRecordTexts(readFileSync(file, "utf8"))![0]!);
const root = at("fabric", "root.fact");

async function done(...args: readonly string[]): Promise<Run> {
  const run = await fabric(...args);
  expect(run, run.err).toMatchObject({ code: 0 });
  return run;
}

beforeAll(async () => {
  await done("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("fabric"));
});

test("a collection is proposed, by options or a file, with a word on what is hardly meant", async () => {
  const slot = ["propose", "collection", "backups", "--cluster", "demo", "--scope", "org/acme"];
  const holders = ["--holder", "b/north", "c/south", "--holder", "d/south"];
  const who = ["--writer", "user/alice", "service/backup", "--reader", "user/bob", "--recipient", "age1abc"];
  const how = ["--budget", "500GB", "--retention", "7d", "--unretained", "locks"];
  const { out } = await done(...slot, ...holders, ...who, ...how, "--out", at("backups.fact"));
  const before = factOf(at("backups.fact"));
  const body = {
    copies: 3,
    holders: [
      { node: "b", domain: "north" },
      { node: "c", domain: "south" },
      { node: "d", domain: "south" },
    ],
    readers: ["user/bob"],
    writers: ["user/alice", "service/backup"],
    retention: 604_800,
    unretained: ["locks"],
    "recovery-epoch": 1,
    budget: 500_000_000_000,
    recipients: ["age1abc"],
  };
  expect(before).toMatchObject({ scope: "org/acme", subject: "backups", authority: "storage", body });
  expect(out).toMatch(/^ {2}holders +north: b; south: c, d$/m);
  expect(out).toContain("warning: 3 copies of a shard need 3 domains, and the holders are in 2");
  writeFileSync(at("backups.json"), JSON.stringify({ ...body, budget: 1_000 }));
  const next = ["propose", "collection", "backups", "--after", at("backups.fact"), "--body", at("backups.json")];
  const shown = await done(...next, "--recovery-epoch", "2", "--holder", "e/west", "f/east", "g/south");
  const again = requireRecord(readRecordTexts(shown.out)![0]!);
  expect(again).toMatchObject({ epoch: 2, body: { budget: 1_000, "recovery-epoch": 2, copies: 3 } });
  expect(shown.err).toBe("");
  const few = await fabric(...slot, "--holder", "b/north", "c/south", "--budget", "1GB");
  expect(few).toMatchObject({ code: 2, err: expect.stringContaining("fewer holders than copies") as unknown });
  const two = await done(...slot, "--holder", "b/north", "c/north", "--copies", "2", "--budget", "1GB");
  expect(two.err.split("\n").map((line) => line.slice(0, 25))).toEqual([
    "warning: 2 copies of a sh",
    "warning: Of 2 holders non",
    "warning: Nobody may write",
  ]);
  for (const wrong of [
    ["--holder", "b"],
    ["--holder", "b/north/1"],
    ["--budget", "much"],
    ["--retention", "long"],
  ])
    expect(await fabric(...slot, ...wrong)).toMatchObject({ code: 2, out: "" });
});

test("keys that sign collections are named for a root that has none, and stay when others change", async () => {
  const [a, b, c, d, e, f, g] = ["5a", "5b", "5c", "5d", "5e", "5f", "60"].map(
    (octet) => `k${octet}=${octet.repeat(32)}`,
  );
  const storageOf = (file: string): unknown => {
    const { storage } = factOf(file).body["authorities"] as RootBody["authorities"];
    return storage && [storage.threshold, storage.keys.map(({ name }) => name)];
  };
  const file = (name: string): string => at(`storage-${name}.fact`);
  const keys = ["--root-key", a!, b!, "--control-key", c!, d!];
  await done("init", "--cluster", "demo", ...keys, "--out", at("no-storage"));
  expect(storageOf(at("no-storage", "root.fact"))).toBeUndefined();
  await done("init", "--cluster", "demo", ...keys, "--storage-key", e!, f!, "--out", at("storage"));
  expect(storageOf(at("storage", "root.fact"))).toEqual([2, ["k5e", "k5f"]]);
  const after = ["propose", "root", "--draft", "--after"];
  await done(...after, at("no-storage", "root.fact"), "--storage-key", e!, f!, g!, "--out", file("2"));
  expect(storageOf(file("2"))).toEqual([2, ["k5e", "k5f", "k60"]]);
  await done(...after, file("2"), "--control-key", c!, d!, "--out", file("3"));
  expect(storageOf(file("3"))).toEqual([2, ["k5e", "k5f", "k60"]]);
  expect((await fabric(...after, file("3"), "--storage-key", e!)).err).toContain("the list storage needs 2 keys");
  await done("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("lab-storage"));
  expect(storageOf(at("lab-storage", "root.fact"))).toEqual([2, ["alice", "bob", "carol"]]);
  expect(existsSync(at("lab-storage", "alice", "storage", "key.pem"))).toBe(true);
});

test("collections rest on keys of storage: a root without these has them signed anew", async () => {
  const holders = ["b/north", "c/south", "d/west"];
  const slot = ["propose", "collection", "backups", "--cluster", "demo"];
  mkdirSync(at("collections"));
  const file = at("collections", "backups.fact");
  await done(...slot, "--holder", ...holders, "--budget", "500GB", "--writer", "user/alice", "--out", file);
  for (const operator of ["alice", "bob"]) await done("sign", file, "--key", at("fabric", operator));
  expect((await done("inspect", file, "--root", root)).out).toContain("it holds");
  await done("key", "new", "--name", "dora", "--out", at("dora", "storage"));
  const next = at("storage-next.fact");
  await done(
    "propose",
    "root",
    "--after",
    root,
    "--storage-key",
    at("fabric", "carol", "storage"),
    at("dora", "storage"),
    "--draft",
    "--out",
    next,
  );
  await done(
    "resign",
    "--root",
    next,
    "--dir",
    at("collections"),
    "--key",
    at("fabric", "carol"),
    "--out",
    at("again"),
  );
  const [again] = readdirSync(at("again"));
  expect(factOf(at("again", again!))).toMatchObject({ kind: "collection", epoch: 2, authority: "storage" });
});
