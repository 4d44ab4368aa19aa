import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { generateIdentity } from "age-encryption";
import { expect, test } from "vitest";
import { identity, StoreFixture } from "./store-fixture.ts";

const box = await StoreFixture.start();
const PAPERS = "cluster/papers";
const key = box.file("key.txt");
writeFileSync(key, `${identity}\n`);

async function put(name: string, text: string): Promise<void> {
  box.input = Buffer.from(text);
  expect(await box.run("put", PAPERS, "-", "--name", name)).toMatchObject({ code: 0 });
}

const kept = (kind: string, folder: string, ...more: readonly string[]) =>
  box.run("kept", PAPERS, kind, "--out", box.file(folder), ...more);

const NAMES = ["log.main.b.000000000001-000000000002.x.txt", "log.main.b.000000000003-000000000003.x.txt"] as const;
for (const [at, name] of NAMES.entries()) await put(name, `piece ${at}`);
await put("usage.b.x.jsonl", "{}");
await put("log of my own.txt", "none of these");

test("all pieces of a kind become files of their names, and those that are there stay", async () => {
  const run = await kept("log", "log", "--identity", key);
  expect(run).toEqual({ code: 0, out: `2 pieces of the log are in ${box.file("log")}`, err: "" });
  expect(readdirSync(box.file("log"))).toEqual(NAMES);
  expect(readFileSync(`${box.file("log")}/${NAMES[1]}`, "utf8")).toBe("piece 1");
  rmSync(`${box.file("log")}/${NAMES[0]}`);
  expect((await kept("log", "log", "--identity", key)).out).toMatch(/^1 pieces of the log are in .*; 1 were there$/);
  expect(readdirSync(box.file("log"))).toEqual(NAMES);
});

test("an object that has the name of a piece takes nothing's place, and one whose name leads elsewhere is none", async () => {
  await put(NAMES[0], "made up");
  await put("log/../../escaped", "made up");
  await put("log.large.txt", randomBytes(1_000).toString("hex"));
  const run = await kept("log", "more", "--identity", key);
  expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/^4 pieces/) });
  const files = readdirSync(box.file("more"));
  expect(files).toHaveLength(4);
  const texts = files
    .filter((name) => name.startsWith(NAMES[0]))
    .map((name) => readFileSync(`${box.file("more")}/${name}`, "utf8"));
  expect(new Set(texts)).toEqual(new Set(["piece 0", "made up"]));
});

test("without an identity, with one of others, or of another kind there is nothing", async () => {
  expect(await kept("log", "none")).toMatchObject({ code: 2, err: expect.stringContaining("--identity") });
  expect(await kept("papers", "none", "--identity", key)).toMatchObject({
    code: 2,
    err: expect.stringContaining("papers"),
  });
  writeFileSync(box.file("other.txt"), `${await generateIdentity()}\n`);
  expect((await kept("log", "none", "--identity", box.file("other.txt"))).out).toMatch(
    /^0 pieces .*; \d+ objects, pieces or not, are sealed for other identities$/,
  );
});
