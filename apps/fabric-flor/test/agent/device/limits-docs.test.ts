/** The numbers of docs/protocol/device-source.md are those of the code. */
import { DEVICE_NETWORKS } from "@florenetes/facts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UNKNOWN_DEVICE } from "../../../src/agent/device/device-facts.ts";
import { readDeviceLine } from "../../../src/agent/device/device-line.ts";
import * as limits from "../../../src/agent/device/limits.ts";
import { COMMAND_WORDS_MAX } from "../../../src/config/limits.ts";

const docs = join(import.meta.dirname, "../../../../../docs");
const pageOf = (name: string): string => readFileSync(join(docs, name), "utf8").replaceAll(/\s+/g, " ");
const page = pageOf("protocol/device-source.md");

const grouped = (number: number): string => number.toLocaleString("en");
const seconds = (ms: number): string => `${ms / 1_000} second${ms === 1_000 ? "" : "s"}`;

test.each([
  `it has at most ${grouped(limits.LINE_MAX)} bytes`,
  `no good line for ${limits.SILENCE_MS / 60_000} minutes is taken for dead`,
  `- ${limits.LINES_PER_SECOND} lines a second are read`,
  `more than ${grouped(limits.FLOOD_LINES_MAX)} lines or ${grouped(limits.FLOOD_MAX)} bytes in a second`,
  `${limits.ERROR_LENGTH_MAX} characters of each`,
  `within ${seconds(limits.END_MS)} of SIGTERM`,
  `after ${limits.RESTART_MS_MIN / 1_000}, 2, 4 … ${seconds(limits.RESTART_MS_MAX)}; after ${seconds(limits.RESTART_MS_MIN)} again once it has run for ${seconds(limits.STEADY_MS)}`,
  `changes within ${limits.CHANGE_MS === 1_000 ? "a second" : "another time"} together`,
])("docs/protocol/device-source.md says: %s", (sentence) => expect(page).toContain(sentence));

test("its line is one, its networks are those of the code, and so is what is worst", () => {
  const [example = "", worst = ""] = [/```json (\{.*?\}) ```/, /counts as `(\{.*?\})`/].map(
    (form) => form.exec(page)?.[1],
  );
  expect(readDeviceLine(Buffer.from(example))).toEqual(JSON.parse(example));
  expect(JSON.parse(worst)).toEqual(UNKNOWN_DEVICE);
  const row = /\| `network` \|.*?\| `foreground`/.exec(page)![0];
  for (const network of DEVICE_NETWORKS) expect(row).toContain(`\`${network}\``);
});

test("docs/operate/configuration.md says how many arguments a command has", () => {
  expect(pageOf("operate/configuration.md")).toContain(`and at most ${COMMAND_WORDS_MAX - 1} arguments`);
});
