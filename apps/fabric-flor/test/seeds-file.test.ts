import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecordText, writeRecordText } from "@florenetes/facts";
import { afterAll, expect, test } from "vitest";
import { parseFabricConfig } from "../src/config/fabric-config-file.ts";
import { checkSeedsFile, readSeedsFile } from "../src/config/seeds-file.ts";
import { demoConfig } from "./demo-config.ts";
import { DAY, DemoCluster, newKey } from "./demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const folder = mkdtempSync(join(tmpdir(), "florenetes-seeds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cluster = new DemoCluster(NOW - DAY);
const other = new DemoCluster(NOW - DAY);
const config = parseFabricConfig(
  demoConfig(cluster.fingerprint).replace("root-file: root.fact", "seeds-file: first.fact"),
  join(folder, "fabric.yaml"),
);

const seedsOf = (of: DemoCluster, members: object = {}, signers = 2): Buffer => {
  const endpoint = {
    id: "b",
    endpoint: "udp://192.0.2.7:4433",
    carrier: "quic",
    reach: "public",
    priority: 0,
    weight: 1,
  };
  const body = { seeds: [{ node: "b", key: newKey("b").key, endpoints: [endpoint] }] };
  return of.control({ kind: "seeds", subject: "seeds", body, ...members }, signers);
};
const flipped = (octets: Buffer, at: number): Buffer => {
  const copy = Buffer.from(octets);
  copy[at]! ^= 1;
  return copy;
};
const text = (...records: readonly Uint8Array[]): string => records.map(writeRecordText).join("");
const seeds = seedsOf(cluster);

test("a file with the root and the seeds is read", () => {
  writeFileSync(join(folder, "first.fact"), text(cluster.root, seeds));
  expect(checkSeedsFile(config, NOW)).toBeUndefined();
  expect(readSeedsFile(config, NOW)).toEqual([readRecordText(text(cluster.root)), readRecordText(text(seeds))]);
});

test.each([
  ["another root", text(other.root, seedsOf(other)), "ERR_FABRIC_SEEDS", /root descriptor is refused \(fingerprint\)/],
  [
    "seeds of another root",
    text(cluster.root, seedsOf(other)),
    "ERR_FABRIC_SEEDS",
    /record seeds seeds is refused \(unknown-key\)/,
  ],
  ["seeds that too few have signed", text(cluster.root, seedsOf(cluster, {}, 1)), "ERR_FABRIC_SEEDS", /\(quorum\)/],
  [
    "seeds that have ended",
    text(cluster.root, seedsOf(cluster, { expires: NOW - 1 })),
    "ERR_FABRIC_SEEDS",
    /\(expired\)/,
  ],
  [
    "seeds of another cluster",
    text(cluster.root, seedsOf(cluster, { cluster: "other" })),
    "ERR_FABRIC_SEEDS",
    /\(cluster\)/,
  ],
  [
    "one bit of a signature changed",
    text(cluster.root, flipped(seeds, seeds.length - 1)),
    "ERR_FABRIC_SEEDS",
    /\(signature\)/,
  ],
  [
    "one bit of the root changed",
    text(flipped(cluster.root, 40), seeds),
    "ERR_FABRIC_SEEDS",
    /root descriptor is refused/,
  ],
  [
    "no seeds",
    text(cluster.root),
    "ERR_FABRIC_SEEDS_FILE",
    /does not hold the root descriptor and the record of seeds/,
  ],
  [
    "another record in their place",
    text(cluster.root, cluster.control({})),
    "ERR_FABRIC_SEEDS_FILE",
    /no record of seeds/,
  ],
  ["a line too much", `${text(cluster.root, seeds)}x`, "ERR_FABRIC_SEEDS_FILE", /does not hold/],
])("a file with %s is refused with a code and a sentence, and nothing of it is used", (_, written, code, sentence) => {
  writeFileSync(join(folder, "first.fact"), written);
  expect(() => readSeedsFile(config, NOW)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(sentence) }),
  );
  expect(checkSeedsFile(config, NOW)).toMatchObject({ code });
});

test("a bit that is changed anywhere in the seeds has the file refused", () => {
  for (let at = 0; at < seeds.length; at += 7) {
    writeFileSync(join(folder, "first.fact"), text(cluster.root, flipped(seeds, at)));
    expect(() => readSeedsFile(config, NOW)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_FABRIC_SEEDS/) }),
    );
  }
});

test("a file that is not there is told", () => {
  rmSync(join(folder, "first.fact"));
  expect(() => readSeedsFile(config, NOW)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_SEEDS_FILE" }));
});
