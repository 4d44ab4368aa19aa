/** The numbers in docs that are store-flor's are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SHARD_SIZE_MAX } from "@florenetes/blobs";
import { expect, test } from "vitest";
import * as config from "../src/config/limits.ts";
import { parseStoreConfig } from "../src/config/store-config-file.ts";
import * as drivers from "../src/drivers/limits.ts";
import * as gateway from "../src/gateway/limits.ts";
import * as keep from "../src/keep/limits.ts";
import { PIECE_SIZE } from "../src/serving/limits.ts";

function pageOf(name: string): string {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/operate", name), "utf8");
  return text.replaceAll(/\s+/g, " ");
}

const page = pageOf("releases.md");
const storagePage = pageOf("storage.md");
const file = "cluster: a\nnode: a\nadmin: a.sock\nlisten: b.sock\nupdate-store: { folder: p }\n";
const { limits } = parseStoreConfig(file, "/etc/x.yaml");

test.each([
  `| ${limits.readers}, ${limits.readersOfOne} | Readers at once, of all and of one principal.`,
  `\`rate\` leaves ${config.READER_RATE_MIN / 1_000} kbit/s at least to each of \`readers\``,
  `Packages that are kept, ${config.BUDGET_MIN / 1e6} MB to ${config.BUDGET_MAX / 1e12} TB`,
  `the agent is asked each ${drivers.AGENT_LOOK_MS / 1_000} s, and what it has said counts for ${drivers.ROLE_KEPT_MS / 1_000} s`,
  `(HTTP's 102 says each ${drivers.SIGN_OF_LIFE_MS / 1_000} s that it comes)`,
  `and ${drivers.FETCHES_MAX} packages come at once`,
  `it is ${drivers.REFRESH_MS === 60_000 ? "a minute" : drivers.REFRESH_MS} old`,
  `takes less than ${Math.floor(PIECE_SIZE / 1_024 / (drivers.PIECE_MS / 1_000))} KiB of a second`,
  `headers of more than ${drivers.HEADERS_SIZE_MAX / 1_024} KiB`,
  `One principal has ${drivers.CONNECTIONS_OF_ONE_MAX} connections`,
])("docs/operate/releases.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each([
  `which is asked each ${drivers.AGENT_LOOK_MS / 1_000} s what the collections are`,
  `or \`cluster/backups\`, at most ${config.GATEWAY_COLLECTIONS_MAX}.`,
  `${gateway.FILES_AT_ONCE} files are written or read at a time`,
  `a file has at most ${gateway.FILE_SIZE_MAX / 1_048_576} MiB`,
  `cut from the last ${gateway.SHARDS_KEPT} shards`,
  `It takes at most ${gateway.GATEWAY_CONNECTIONS_MAX} connections`,
  `one a ${drivers.FAULT_TOLD_MS === 60_000 ? "minute" : drivers.FAULT_TOLD_MS} of each code`,
])("docs/operate/storage.md says: %s", (sentence) => expect(storagePage).toContain(sentence));

test.each([
  `Shards of all collections together, ${config.BUDGET_MIN / 1e6} MB to ${config.BUDGET_MAX / 1e12} TB`,
  `${config.GONE_AFTER_MIN / 60_000} min to ${config.GONE_AFTER_MAX / 86_400_000} d`,
  `it is asked each ${drivers.AGENT_LOOK_MS / 1_000} s`,
  `so that ${limits.readers} at once take ${(limits.readers * 2 * SHARD_SIZE_MAX) / 1_048_576} MiB`,
  `${drivers.NAMES_ROOM / 1_048_576} MiB of the disk are left free for names`,
  `whole blocks of ${drivers.BLOCK_SIZE.toLocaleString("en")} octets`,
  `One node holds ${drivers.HELD_COLLECTIONS_MAX.toLocaleString("en")} collections at most`,
  `One principal has ${drivers.CONNECTIONS_OF_ONE_MAX} connections`,
  `sends nothing of a question for ${drivers.QUESTION_SILENT_MS / 1_000} s`,
])("docs/operate/storage.md says: %s", (sentence) => expect(storagePage).toContain(sentence));

test.each([
  `at once when it starts and then each ${keep.KEEP_MS === 3_600_000 ? "hour" : keep.KEEP_MS}`,
  `are tried again after ${keep.KEEP_AGAIN_MS === 60_000 ? "a minute" : keep.KEEP_AGAIN_MS}`,
  `What has failed ${keep.FAILURES_TOLD} times in a row is a finding`,
])("docs/operate/storage.md says: %s", (sentence) => expect(storagePage).toContain(sentence));

test.each([
  `comes within ${drivers.QUESTION_MS / 1_000} s, and its body without a silence of ${drivers.QUESTION_SILENT_MS / 1_000} s`,
  `each rounded up to whole ${drivers.BLOCK_SIZE.toLocaleString("en")}`,
  `drops what comes for ${drivers.ANSWER_READ_MS / 1_000} s at most`,
  `a connection without a question is kept for ${drivers.IDLE_MS / 1_000} s, and carries ${drivers.REQUESTS_OF_ONE_MAX.toLocaleString("en")} questions`,
])("docs/protocol/storage.md says: %s", (sentence) => expect(pageOf("../protocol/storage.md")).toContain(sentence));
