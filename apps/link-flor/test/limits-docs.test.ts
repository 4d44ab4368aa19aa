/** The numbers in docs are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RETRY_MS_MAX, RETRY_MS_MIN } from "../src/clusters/limits.ts";
import * as limits from "../src/config/limits.ts";
import { QUIET_SECONDS_MAX, QUIET_SECONDS_MIN } from "../src/quic-link/limits.ts";
import { KNOCK_MS, KNOCKS_EACH_MAX, KNOCKS_MAX } from "../src/portal/limits.ts";

/** A page in one line, so that a sentence is found wherever its lines end. */
function pageOf(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../../docs", name), "utf8").replaceAll(/\s+/g, " ");
}

const page = pageOf("operate/configuration.md");

test.each([
  `| \`dead-after\` | \`${limits.DEAD_AFTER_MS_DEFAULT / 1_000}s\` |`,
  `${limits.DEAD_AFTER_MS_MIN} ms to ${limits.DEAD_AFTER_MS_MAX / 1_000} s. |`,
  `while nothing is sent: ${limits.QUIET_MS_MIN / 1_000} s to ${limits.QUIET_MS_MAX / 1_000} s, in whole seconds.`,
  `after ${RETRY_MS_MIN / 1_000} s, then after twice as long each time, up to ${RETRY_MS_MAX / 1_000} s`,
  `Largest UDP payload of the cluster's links, ${limits.UDP_PAYLOAD_MAX_MIN} to ${limits.UDP_PAYLOAD_MAX_MAX.toLocaleString("en")} bytes.`,
])("docs/operate/configuration.md says: %s", (sentence) => expect(page).toContain(sentence));

test("a config asks for no quiet that a link may not have", () => {
  expect([limits.QUIET_MS_MIN, limits.QUIET_MS_MAX]).toEqual([1_000 * QUIET_SECONDS_MIN, 1_000 * QUIET_SECONDS_MAX]);
});

test("docs/protocol/portal-api.md says how many knocks are told", () => {
  const told = `once in ${KNOCK_MS / 1_000} s, ${KNOCKS_MAX} of them at a time, ${KNOCKS_EACH_MAX} of one peer`;
  expect(pageOf("protocol/portal-api.md")).toContain(told);
});
