/** The numbers in docs/operate/configuration.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RETRY_MS_MAX, RETRY_MS_MIN } from "../src/clusters/limits.ts";
import * as limits from "../src/config/limits.ts";

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/configuration.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `| \`dead-after\` | \`${limits.DEAD_AFTER_MS_DEFAULT / 1_000}s\` |`,
  `${limits.DEAD_AFTER_MS_MIN} ms to ${limits.DEAD_AFTER_MS_MAX / 1_000} s. |`,
  `after ${RETRY_MS_MIN / 1_000} s, then after twice as long each time, up to ${RETRY_MS_MAX / 1_000} s`,
  `Largest UDP payload of the cluster's links, ${limits.UDP_PAYLOAD_MAX_MIN} to ${limits.UDP_PAYLOAD_MAX_MAX.toLocaleString("en")} bytes.`,
])("docs/operate/configuration.md says: %s", (sentence) => expect(page).toContain(sentence));
