import { expect, test } from "vitest";
import { challengeWords } from "../../src/admin/challenge-words.ts";
import { STORAGE_METRICS } from "../../src/admin/storage-metrics.ts";
import type { CollectionStatus, StorageStatus } from "../../src/admin/storage-status.ts";
import { storageFindings, storageLines } from "../../src/admin/storage-view.ts";
import type { StoreFlorStatus } from "../../src/admin/store-status.ts";

type Held = NonNullable<CollectionStatus["held"]>;

const COUNTERS: Held["counters"] = {
  shardsTaken: 7,
  shardsGiven: 9,
  shardsPushed: 2,
  shardsPulled: 1,
  shardsDamaged: 0,
  shardsRemoved: 0,
  entriesTaken: 3,
  entriesAdopted: 0,
  entriesHeldBack: 0,
  malformed: 0,
  challengesPassed: 5,
  challengesFailed: 0,
  diskFaults: 0,
};
const PEER = { node: "c", isLiving: true, answered: 1, failures: 0, keepsNothing: false, isFull: false };
const HELD: Held = {
  objects: 3,
  octets: 12_000_000,
  names: 4,
  held: 8_000_000,
  terms: undefined,
  state: "open",
  holders: [PEER],
  missing: 0,
  lacking: 0,
  isYoung: false,
  refused: { ERR_STORAGE_RIGHT: 2 },
  counters: COUNTERS,
};
const STORAGE: StorageStatus = {
  octets: 8_000_000,
  budget: 1_000_000_000,
  received: 9_000_000,
  fault: null,
  agentFault: null,
  collections: [{ name: "org/acme/backups", fault: null, held: HELD }],
};

const withHeld = (changes: Partial<Held>): Partial<StorageStatus> => ({
  collections: [{ name: "org/acme/backups", fault: null, held: { ...HELD, ...changes } }],
});

test.each<[string, Partial<StorageStatus>, RegExp | undefined]>([
  ["all is well", {}, undefined],
  ["a full disk", { fault: "ENOSPC" }, /^fault: the disk of `state` does not serve \(ENOSPC\)/],
  ["a spent budget", { octets: 999_000_000 }, /^warning: the budget is spent: 999 MB of 1\.0 GB/],
  [
    "a silent agent",
    { agentFault: "ERR_ADMIN_NOT_RUNNING" },
    /^warning: the agent says nothing .*ERR_ADMIN_NOT_RUNNING/,
  ],
  [
    "a collection that does not open",
    { collections: [{ name: "cluster/x", fault: "EACCES", held: null }] },
    /^fault: cluster\/x cannot be opened \(EACCES\)/,
  ],
  ["a record that has ended", withHeld({ state: "read-only" }), /nothing is written, as its record has ended/],
  ["a node that holds it no more", withHeld({ state: "left" }), /does not name this node any more/],
  ["a folder of nobody", withHeld({ state: "unknown" }), /no record of it was ever told/],
  ["names that began anew", withHeld({ isYoung: true }), /its names began anew/],
  ["a holder that is away", withHeld({ holders: [{ ...PEER, isLiving: false }] }), /holder c gives no answer/],
  ["a holder without room", withHeld({ holders: [{ ...PEER, isFull: true }] }), /holder c takes no shards at present/],
  ["missing shards", withHeld({ missing: 2 }), /no holder that answers has 2 shards/],
  ["too few copies", withHeld({ lacking: 1 }), /fewer copies of 1 shard than/],
  ["a bad disk", withHeld({ counters: { ...COUNTERS, shardsDamaged: 2 } }), /the disk has changed 2 shards/],
  [
    "a holder that keeps nothing",
    withHeld({ holders: [{ ...PEER, isLiving: false, keepsNothing: true }] }),
    /holder c keeps nothing/,
  ],
  [
    "a holder that has changed a shard",
    withHeld({ holders: [{ ...PEER, failures: 1 }] }),
    /holder c has not shown 1 shard that it is to have/,
  ],
])("%s", (_, changes, text) => {
  const texts = [...storageFindings({ ...STORAGE, ...changes })].map((each) => `${each.weight}: ${each.text}`);
  if (text === undefined) expect(texts).toEqual([]);
  else expect(texts).toEqual([expect.stringMatching(text)]);
});

test("a collection that is not written as the agent is silent is told apart from one whose record has ended", () => {
  const silent = { ...STORAGE, ...withHeld({ state: "read-only" }), agentFault: "ERR_ADMIN_NOT_RUNNING" };
  const [first, second, ...more] = [...storageFindings(silent)];
  expect(first?.text).toContain("the agent says nothing of collections");
  expect(second?.text).toContain("the agent says no more that its record is in force");
  expect(second?.advice).not.toContain("sign");
  expect(more).toEqual([]);
});

test("the agent is told what challenges have shown of whom, the worst first, and of no more than 16", () => {
  const words = (holders: Held["holders"]): readonly string[] =>
    challengeWords([{ name: "org/acme/backups", fault: null, held: { ...HELD, holders } }]);
  expect(words([PEER])).toEqual([]);
  expect(
    words([
      { ...PEER, node: "b", failures: 2 },
      { ...PEER, failures: 1, keepsNothing: true },
    ]),
  ).toEqual(["org/acme/backups:c:1:keeps-nothing", "org/acme/backups:b:2:holds"]);
  expect(words(Array.from({ length: 31 }, (_, at) => ({ ...PEER, node: `n${at}`, failures: 1 })))).toHaveLength(16);
  expect(challengeWords([{ name: "cluster/x", fault: "EACCES", held: null }])).toEqual([]);
});

test("people are told what is held, and for whom", () => {
  const text = storageLines(STORAGE).join("\n");
  expect(text).toContain("a holder: 1 collection, 8.0 MB of 1.0 GB; received 9.0 MB");
  expect(text).toContain("org/acme/backups: open, 3 objects, 12 MB, 8.0 MB here");
  expect(text).toContain("others that live: c, of 1");
  expect(text).toContain("refused: ERR_STORAGE_RIGHT 2");
});

test("each metric has its value, with all of its labels", () => {
  const status = { cluster: "demo", storage: STORAGE } as unknown as StoreFlorStatus;
  const told = STORAGE_METRICS.flatMap(({ name, labels, samples }) =>
    [...samples(status)].map(({ labels: given, value }) => {
      expect(Object.keys(given).toSorted()).toEqual([...labels].toSorted());
      return [`${name} ${Object.values(given).slice(2).join(" ")}`.trim(), value];
    }),
  );
  expect(Object.fromEntries(told)).toMatchObject({
    storage_held_bytes: 8_000_000,
    storage_disk_serves: 1,
    "storage_collection_open org/acme/backups": 1,
    "storage_events_total org/acme/backups shardsTaken": 7,
    "storage_refusals_total org/acme/backups ERR_STORAGE_RIGHT": 2,
    "storage_holder_lives org/acme/backups c": 1,
  });
  const none = { cluster: "demo", storage: null } as unknown as StoreFlorStatus;
  expect(STORAGE_METRICS.flatMap(({ samples }) => [...samples(none)])).toEqual([]);
});
