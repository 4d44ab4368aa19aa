import { type Fact, readFact } from "@florenetes/facts";
import { expect, test } from "vitest";
import { ToldSigners } from "../../src/admin/told-signers.ts";
import { HeldRecords } from "../../src/agent/records/held-records.ts";
import { nothingKept } from "../agent/nothing-kept.ts";
import { DAY, DemoCluster } from "../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);
const records = new HeldRecords(
  { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false },
  nothingKept(),
  NOW,
);
records.offer(cluster.root, NOW);

function factOf(octets: Uint8Array): Fact {
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}

test("signatures of an entry are verified once in a minute", () => {
  const signers = new ToldSigners();
  const good = cluster.service("web", ["b"]);
  const broken = Buffer.from(good);
  broken[broken.length - 1]! ^= 1;
  const of = (octets: Uint8Array, hash: string, now = NOW) => signers.of(factOf(octets), hash, records.book!, now);
  expect(of(good, "one")).toHaveLength(2);
  // A hash has the signers that were found for it first, and no other hash has them.
  expect(of(broken, "one")).toHaveLength(2);
  expect(of(broken, "two")).toHaveLength(1);
  expect(of(broken, "one", NOW + 60_000)).toHaveLength(1);
});
