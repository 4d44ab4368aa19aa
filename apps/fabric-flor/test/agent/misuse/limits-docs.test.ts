/** The numbers of misuse in docs/operate/fabric.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../../src/agent/misuse/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../../docs/operate/fabric.md"), "utf8");
const { MOST } = limits;
const many = (count: number): string => count.toLocaleString("en");

test.each([
  `until ${limits.SLOWED_MS / 60_000} minutes have passed since the last time`,
  `| coordinators | of a node ${MOST["route-churn"].node}, of an organization ${many(MOST["route-churn"].organization!)} |`,
  `| of a neighbour ${many(MOST.joins.neighbour!)}, of an organization ${MOST.joins.organization} | one in ${limits.LOOK_PAUSE_MS / 1_000} s is looked at`,
  `| of a node ${MOST.authentication.node}, of a neighbour ${many(MOST.authentication.neighbour!)} | one of its letters or knocks in ${limits.LOOK_PAUSE_MS / 1_000} s is looked at`,
  `costs it ${limits.RECORD_COST} signatures`,
  `that have more than ${limits.QUIET_MOST} within the hour`,
  `remembers ${many(limits.NAMES_MAX)} names of a sort and ${limits.ORGANIZATIONS_COUNTED_MAX} organizations`,
])("docs/operate/fabric.md says: %s", (sentence) => expect(page).toContain(sentence));

test("leases that a slowed origin causes come once a minute", () => expect(limits.CHURN_PAUSE_MS).toBe(60_000));
