import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  DEAD_AFTER_SECONDS,
  DEVICES_PER_HUB,
  DEVICES_PER_WORKER,
  HUBS_MIN,
  JOINING_MAX,
  QUIET_SECONDS,
  SETTLE_MS,
} from "../src/limits.ts";

const page = readFileSync(new URL("../../../docs/scale.md", import.meta.url), "utf8").replaceAll("\n", " ");

it("docs/scale.md has the limits of a run", () => {
  expect([HUBS_MIN, JOINING_MAX]).toEqual([2, 4]);
  for (const words of [
    `one for each ${DEVICES_PER_HUB} devices, two at least`,
    `Up to ${DEVICES_PER_WORKER} devices are in one process`,
    `quiet for ${QUIET_SECONDS} s`,
    `\`dead-after\` is ${DEAD_AFTER_SECONDS} s`,
    "no more than four of a process",
    `${SETTLE_MS / 1_000} s pass`,
  ])
    expect(page).toContain(words);
});
