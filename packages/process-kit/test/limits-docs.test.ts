/** The numbers in docs are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/limits.ts";
import { PRESSURE_HOLD_MS, PRESSURE_REASONS } from "../src/pressure/pressure.ts";

test.each([
  ["operate/metrics.md", `The socket has ${limits.ADMIN_CONNECTIONS_MAX} places.`],
  [
    "operate/metrics.md",
    `a client that has said nothing for ${limits.ADMIN_SILENCE_MS_MAX} ms makes room for the next one`,
  ],
  ["operate/metrics.md", `has not read its answer after ${limits.ADMIN_ANSWER_MS_MAX / 1_000} s`],
  [
    "operate/metrics.md",
    `at most ${limits.METRICS_REQUEST_SIZE_MAX / 1_024} KiB and ${limits.METRICS_REQUEST_MS_MAX / 1_000} s, the handshake`,
  ],
  ["operate/metrics.md", `Whoever asks within ${limits.METRICS_ANSWER_MS} ms of another gets the same answer`],
  [
    "operate/metrics.md",
    `after ${limits.METRICS_RETRY_MS_MIN / 1_000} s, then after twice as long each time, up to ${limits.METRICS_RETRY_MS_MAX / 1_000} s`,
  ],
  ["operate/metrics.md", `the last ${limits.PRESSURE_TRANSITIONS_MAX} changes of the level`],
  ["operate/metrics.md", `after ${PRESSURE_HOLD_MS / 1_000} s below 60`],
  [
    "operate/control.md",
    `a request may take ${limits.ADMIN_REQUEST_MS_MAX / 1_000} s, its body has at most ${limits.ADMIN_BODY_SIZE_MAX / 1024 / 1024} MiB`,
  ],
  [
    "operate/control.md",
    `?confirm-within=2min\` (${limits.CONFIRM_MS_MIN / 1_000} s to ${limits.CONFIRM_MS_MAX / 3_600_000} h)`,
  ],
  ["operate/configuration.md", `has not turned for ${limits.STANDSTILL_MS_MAX / 1_000} s of its own time`],
  [
    "operate/errors.md",
    `written at once (${limits.LOG_LINES_AT_ONCE}, or ${limits.LOG_LINES_OF_STATES_AT_ONCE} of links and portals)`,
  ],
  [
    "operate/errors.md",
    `all of them together have ${limits.LOG_LINES_OF_LINKS_AT_ONCE.toLocaleString("en")} lines at once`,
  ],
  ["operate/configuration.md", `${limits.LOG_BACKLOG_SIZE_MAX / 1024 / 1024} MB are kept`],
])("docs/%s says: %s", (page, sentence) => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs", page), "utf8");
  // In one line, so that a sentence is found wherever its lines end.
  expect(text.replaceAll(/\s+/g, " ")).toContain(sentence);
});

test("docs/operate/metrics.md lists the reasons of pressure, and no others", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/metrics.md"), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith("Pressure\n"))!;
  const table = section.split("\n\n").find((text) => text.startsWith("| `reason`"))!;
  expect([...table.matchAll(/^\| `(\w+)` \| .+ \| .+ \|$/gm)].map(([, reason]) => reason)).toEqual([
    "reason",
    ...PRESSURE_REASONS,
  ]);
});
