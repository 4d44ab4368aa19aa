import { nodeTime } from "@florenetes/scheduling";
import { expect, test } from "vitest";
import { openStoreClient, type StoreClient } from "../../src/client/index.ts";
import { type CollectionTerms, type HeldEntry, SHARD_SIZE_MAX } from "../../src/index.ts";
import { collected, MemoryFleet } from "../../src/testing/index.ts";
import { joined, octetsOf, pieces } from "./played-holders.ts";

const { signal } = new AbortController();
const DAY_S = 86_400;
const terms: CollectionTerms = {
  scope: "org/acme",
  name: "papers",
  epoch: 1,
  recoveryEpoch: 1,
  copies: 3,
  holders: ["a", "b", "c", "d", "e"].map((node) => ({ node, domain: node })),
  readers: ["user/bob"],
  writers: ["user/alice"],
  retention: DAY_S,
  unretained: ["locks"],
  budget: 2 ** 30,
  recipients: [],
};

const clientOf = (fleet: MemoryFleet, who = "user/alice"): StoreClient =>
  openStoreClient({ terms: fleet.terms, door: fleet.doorOf(who), time: nodeTime });

test("one holder dies for good, one flips bits: it is repaired, a third one dies, and all is read each time", async () => {
  const fleet = new MemoryFleet({ terms });
  const client = clientOf(fleet);
  const contents = new Map<string, Uint8Array>();
  for (let at = 0; at < 6; at++) {
    const name = `objects/${at}`;
    contents.set(name, octetsOf(SHARD_SIZE_MAX + 1_000 * at + 1, at));
    await client.put(name, pieces(contents.get(name)!), { signal });
  }
  const allIsRead = async (): Promise<void> => {
    const reader = clientOf(fleet, "user/bob");
    const listed = await collected(reader.list("", signal));
    expect(listed.map(({ name }) => name)).toEqual([...contents.keys()]);
    for (const entry of listed)
      expect((await joined(reader.read(entry, { signal }))).equals(contents.get(entry.name)!)).toBe(true);
  };
  await allIsRead();
  fleet.member("a").isUp = false;
  const { disk } = fleet.member("b");
  for (const hash of disk.hashes()) disk.damage(hash);
  await allIsRead();
  const before = await clientOf(fleet).check({ readData: true, signal });
  expect(before.short.length).toBeGreaterThan(0);
  await fleet.minutes(90);
  const after = await clientOf(fleet).check({ readData: true, signal });
  expect(after).toMatchObject({ differing: 0, short: [] });
  fleet.member("c").isUp = false;
  await allIsRead();
});

test("an object stays for as long as the record says, by what a majority of clocks says", async () => {
  const fleet = new MemoryFleet({ terms });
  fleet.member("e").skew = 10 * DAY_S * 1_000;
  const client = clientOf(fleet);
  await client.put("objects/x", pieces(octetsOf(10)), { signal });
  await client.put("locks/x", pieces(octetsOf(10)), { signal });
  expect(await client.remove("locks/x", signal)).toBe(true);
  const refused = { code: "ERR_STORAGE_RETAINED", refusal: { until: fleet.now + DAY_S * 1_000 } };
  await expect(client.remove("objects/x", signal)).rejects.toMatchObject(refused);
  expect(await client.find("objects/x", signal)).toBeDefined();
  fleet.now += DAY_S * 1_000;
  fleet.tell(terms);
  expect(await client.remove("objects/x", signal)).toBe(true);
  expect(await collected(client.list("", signal))).toEqual([]);
});

test("readers write nothing, strangers read nothing, and a client of an older recovery epoch is shut out", async () => {
  const fleet = new MemoryFleet({ terms });
  const put = (who: string): Promise<HeldEntry> => clientOf(fleet, who).put("x", pieces(octetsOf(10)), { signal });
  await expect(put("user/bob")).rejects.toMatchObject({ code: "ERR_STORAGE_RIGHT" });
  await expect(collected(clientOf(fleet, "user/eve").list("", signal))).rejects.toMatchObject({
    code: "ERR_STORAGE_RIGHT",
  });
  const old = clientOf(fleet);
  fleet.tell({ ...terms, epoch: 2, recoveryEpoch: 2 });
  await expect(old.find("x", signal)).rejects.toMatchObject({ code: "ERR_STORAGE_EPOCH" });
  old.handleTerms(fleet.terms);
  expect(await old.find("x", signal)).toBeUndefined();
});

test("an object beyond the budget is refused by its holders, and those that are there stay", async () => {
  const fleet = new MemoryFleet({ terms: { ...terms, budget: 100 } });
  const client = openStoreClient({ terms, door: fleet.doorOf("user/alice"), time: nodeTime });
  await client.put("x", pieces(octetsOf(60)), { signal });
  const more = client.put("y", pieces(octetsOf(60, 1)), { signal });
  await expect(more).rejects.toMatchObject({ code: "ERR_STORAGE_QUOTA" });
  expect((await collected(client.list("", signal))).map(({ name }) => name)).toEqual(["x"]);
});
