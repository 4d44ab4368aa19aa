/** The numbers in docs/operate/releases.md that are store-flor's are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as config from "../src/config/limits.ts";
import { parseStoreConfig } from "../src/config/store-config-file.ts";
import * as drivers from "../src/drivers/limits.ts";
import { PIECE_SIZE } from "../src/serving/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/releases.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
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
