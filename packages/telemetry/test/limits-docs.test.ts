/** The numbers of docs/protocol/fabric-telemetry.md, and those of telemetry in docs/operate/fabric.md, are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as findings from "../src/findings.ts";
import * as limits from "../src/limits.ts";

const docs = join(import.meta.dirname, "../../../docs");
/** A page in one line, so that a sentence is found wherever its lines end. */
const pageOf = (name: string): string => readFileSync(join(docs, name), "utf8").replaceAll(/\s+/g, " ");
const n = (value: number): string => value.toLocaleString("en");

test.each([
  `\`pressure\` | its CPU, memory or sockets are at ${findings.PRESSURE_LOAD} percent or more`,
  `\`loss\` | a link loses more than ${n(findings.UNWELL_LOSS)} millionths`,
  `\`delay\` | a link's round trip is longer than ${findings.UNWELL_ROUND_TRIP === 1_000_000 ? "a second" : "?"}`,
  `\`queue\` | more than ${findings.UNWELL_QUEUE} percent of a link's queue is full`,
  `\`flapping\` | its links broke ${findings.UNWELL_BREAKS} times or more in the last hour`,
  `\`battery\` | nothing feeds it, and less than ${findings.UNWELL_BATTERY} percent is left`,
  `A rate above ${n(limits.COUNTED_RATE_MAX)} kbit/s counts as that`,
  `the observer holds ${n(limits.NODES_MAX)} nodes`,
  `At most ${limits.ROLES_TOLD_MAX} roles stand on their own`,
  `n is the number of nodes by ${limits.SAMPLED_NODES}, rounded up`,
  `at most ${limits.SAMPLES_MAX} reports of together at most ${n(limits.SAMPLES_SIZE_MAX)} octets`,
])("docs/protocol/fabric-telemetry.md says: %s", (text) => {
  expect(pageOf("protocol/fabric-telemetry.md")).toContain(text);
});

test.each([
  `at most ${limits.SAMPLES_MAX} of each`,
  `the ${limits.SERIES_NAMES_MAX} organizations and the ${limits.SERIES_NAMES_MAX} roles with the most nodes have series of their own, and so have ${limits.SERIES_VERSIONS_MAX} versions at most`,
  `not among the ${limits.ORGANIZATIONS_TOLD_MAX} of a partition with the most nodes`,
])("docs/operate/fabric.md says: %s", (text) => {
  expect(pageOf("operate/fabric.md")).toContain(text);
});
