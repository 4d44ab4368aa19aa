/** The numbers in the section "Wire" of docs/protocol/storage.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as blobs from "../../src/limits.ts";
import * as wire from "../../src/wire/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/protocol/storage.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
const grouped = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");

test.each([
  `They have at most ${grouped(wire.TARGET_SIZE_MAX)} octets, no escapes`,
  `1 to ${grouped(blobs.SHARD_SIZE_MAX)} octets`,
  `\`{"hashes": […]}\`, at most ${grouped(blobs.ASKED_SHARDS_MAX)}`,
  `\`{"nonce": …, "hashes": […]}\`, at most ${blobs.CHALLENGED_SHARDS_MAX}`,
  `with at most ${grouped(blobs.OBJECT_SHARDS_MAX)} shards; \`note\` may be absent, and is base64 of at most ${grouped(blobs.NOTE_MAX)} characters`,
  `A name has at most ${blobs.OBJECT_NAME_MAX} characters`,
  `an entry has at most ${grouped(wire.ENTRY_SIZE_MAX)} octets, a page of entries at most ${grouped(wire.PAGE_SIZE_MAX)}`,
  `Our door has at most ${wire.CONNECTIONS_OF_HOLDER_MAX} connections with one holder, keeps each for ${wire.IDLE_MS / 1_000} s`,
  `neither takes nor gives anything for ${wire.SILENT_MS / 1_000} s`,
  `takes at ${grouped(blobs.SHARD_RATE_MIN)} octets in a second`,
])("docs/protocol/storage.md says: %s", (sentence) => expect(page).toContain(sentence));

test("the largest entry and the largest page have room", () => {
  const shard = { hash: "ab".repeat(32), size: blobs.SHARD_SIZE_MAX };
  const entry = (shards: number): object => ({
    name: "n".repeat(blobs.OBJECT_NAME_MAX),
    turn: Number.MAX_SAFE_INTEGER,
    isGone: false,
    shards: Array.from({ length: shards }, () => shard),
    note: "a".repeat(blobs.NOTE_MAX),
    written: Number.MAX_SAFE_INTEGER,
    by: "b".repeat(256),
  });
  expect(JSON.stringify({ entry: entry(blobs.OBJECT_SHARDS_MAX) }).length).toBeLessThan(wire.ENTRY_SIZE_MAX);
  const all = Array.from({ length: blobs.PAGE_ENTRIES_MAX }, () =>
    entry(blobs.PAGE_SHARDS_MAX / blobs.PAGE_ENTRIES_MAX),
  );
  expect(JSON.stringify({ entries: all, next: "n".repeat(300) }).length).toBeLessThan(wire.PAGE_SIZE_MAX);
});
