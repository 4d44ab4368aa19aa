import { writeFileSync } from "node:fs";
import { placeOf } from "@florenetes/blobs";
import { generateIdentity } from "age-encryption";
import { expect, test } from "vitest";
import { identity, StoreFixture, TERMS } from "./store-fixture.ts";

const box = await StoreFixture.start();
const PAPERS = "cluster/papers";
const key = box.file("key.txt");
writeFileSync(key, `${identity}\n`);
writeFileSync(box.file("a"), "some octets");
const run = await box.run("put", PAPERS, box.file("a"), "--json");
const { id } = JSON.parse(run.out) as { id: string };
const shard = [...box.fleet.member("a").book.list("", "")][0]!.shards[0]!.hash;
const place = placeOf(shard, TERMS.holders);

test("what is whole is told with each holder, and exit code 0", async () => {
  const check = await box.run("check", PAPERS, "--read-data");
  expect(check).toMatchObject({ code: 0, err: "" });
  expect(check.out).toMatch(
    /^holders of cluster\/papers\n {2}NODE +DOMAIN +STATE +OBJECTS +SHARDS +WRONG +HELD\n {2}a +site-a +open +1 /,
  );
  expect(check.out).toContain("1 objects, 211 B in 1 shards, each to be at 3 holders\nall is there");
  expect(JSON.parse((await box.run("check", PAPERS, "--json")).out)).toMatchObject({
    isWhole: true,
    found: [],
    lacking: 0,
  });
});

test("flipped octets show with --read-data, are told by holder and shard, and got around", async () => {
  const { disk } = box.fleet.member(place[0]!);
  disk.damage(shard);
  const check = await box.run("check", PAPERS, "--read-data");
  expect(check).toMatchObject({ code: 1, err: "" });
  expect(check.out).toContain(
    `wrong: the shard ${shard} of objects/${id} is at ${place.slice(1, 3).toSorted().join(", ")} alone`,
  );
  expect(await box.run("get", PAPERS, "a", "--identity", key)).toMatchObject({ code: 0 });
  expect(box.stdout.toString()).toBe("some octets");
  await box.fleet.minutes(15);
  expect(await box.run("check", PAPERS, "--read-data")).toMatchObject({ code: 0 });
});

test("a holder that gives no answer, and one that has lost its disks, are told", async () => {
  box.fleet.member("d").isUp = false;
  box.fleet.add("e");
  const check = await box.run("check", PAPERS);
  expect(check).toMatchObject({ code: 1, err: "" });
  expect(check.out).toMatch(/wrong: d has not answered all: .* \(ERR_STORAGE_UNREACHABLE\)/);
  // A holder that has lost its disks says nothing of names before it has read those of others.
  expect(check.out).toMatch(/wrong: e has not answered all: .* \(ERR_STORAGE_BUSY\)/);
  box.fleet.member("d").isUp = true;
  await box.fleet.minutes(15);
  expect(await box.run("check", PAPERS)).toMatchObject({ code: 0 });
});

test("a holder that knows another entry of a name is told", async () => {
  const { book } = box.fleet.member("e");
  const { note, ...entry } = book.get(`objects/${id}`)!;
  book.put({ ...entry, turn: entry.turn + 9, isGone: true, shards: [] }, entry.written);
  const check = await box.run("check", PAPERS);
  book.put({ ...entry, note }, entry.written);
  expect(check).toMatchObject({ code: 1, out: expect.stringContaining(`wrong: objects/${id} is not the same at e`) });
  const told = JSON.parse((await box.run("check", PAPERS, "--json")).out) as object;
  expect(told).toMatchObject({ isWhole: true, differing: 0 });
});

const withManifest = (hash: string): void => {
  box.collections = [{ ...TERMS, manifest: hash }];
  box.fleet.tell({ ...TERMS, epoch: TERMS.epoch + 1, manifest: hash });
};

test("something else in the manifest's place, and one that is for others, is told with all that was found", async () => {
  const manifest = "ab".repeat(32);
  for (const node of box.fleet.nodes) {
    const { book } = box.fleet.member(node);
    book.put({ ...book.get(`objects/${id}`)!, name: `manifests/${manifest}` }, Date.now());
  }
  withManifest(manifest);
  const found = `wrong: the record's manifest ${manifest} cannot be read: `;
  const check = await box.run("check", PAPERS, "--identity", key);
  expect(check).toMatchObject({ code: 1, err: "", out: expect.stringContaining("holders of cluster/papers") });
  expect(check.out).toContain(`${found}the object of the name manifests/${manifest} is not the record's manifest`);
  expect(check.out).toContain("(ERR_FLOR_STORE_MANIFEST)");

  withManifest((await box.run("manifest", PAPERS)).out);
  writeFileSync(box.file("other.txt"), `${await generateIdentity()}\n`);
  const sealed = await box.run("check", PAPERS, "--identity", box.file("other.txt"));
  expect(sealed).toMatchObject({ code: 1, err: "", out: expect.stringContaining("(ERR_STORAGE_SEALED)") });
});

test("the record's manifest is checked: what it names is there, nothing stands in its place, and it is there itself", async () => {
  const made = await box.run("manifest", PAPERS);
  expect(made).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^[0-9a-f]{64}$/),
    err: expect.stringContaining("a manifest of 1 objects"),
  });
  const manifest = made.out;
  withManifest(manifest);
  expect(await box.run("check", PAPERS)).toMatchObject({ code: 0 });
  expect(await box.run("check", PAPERS, "--identity", key)).toMatchObject({ code: 0 });
  await box.run("rm", PAPERS, id);
  expect(await box.run("check", PAPERS)).toMatchObject({ code: 0 });
  const check = await box.run("check", PAPERS, "--identity", key);
  expect(check).toMatchObject({
    code: 1,
    out: expect.stringContaining(`wrong: objects/${id} is not there as the manifest says`),
  });
  withManifest("00".repeat(32));
  for (const words of [[], ["--identity", key]])
    expect(await box.run("check", PAPERS, ...words)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`wrong: the record's manifest ${"00".repeat(32)} is not there`),
    });
});
