/** The reckoning of docs/scale.md keeps to the number of readers of mail that a node knows. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { READERS_MAX } from "../src/mail/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/scale.md"), "utf8").replaceAll(/\s+/g, " ");
const n = (value: number): string => value.toLocaleString("en");

/** Two coordinators and two observers. */
const READERS_OF_PARTITION = 4;
const NODES_OF_PARTITION = 800;
/** Partitions of a region: control nodes read mail, too. */
const PARTITIONS = 12;

test.each([
  `a node knows ${READERS_MAX} readers of mail: with two coordinators and two observers each, ${READERS_MAX / READERS_OF_PARTITION} partitions fill that`,
  `So ${PARTITIONS} partitions, ${n(PARTITIONS * NODES_OF_PARTITION)} nodes, are what one cluster has room for`,
  `${PARTITIONS} partitions with ${READERS_OF_PARTITION * PARTITIONS} coordinators and observers`,
  `the records of these ${n(PARTITIONS * NODES_OF_PARTITION)} nodes`,
  `A million nodes are some ${Math.ceil(1_000_000 / (PARTITIONS * NODES_OF_PARTITION))} of them`,
])("docs/scale.md says: %s", (text) => {
  expect(page).toContain(text);
});

test("a region of docs/scale.md has fewer readers of mail than a node knows", () => {
  expect(PARTITIONS * READERS_OF_PARTITION).toBeLessThan(READERS_MAX);
});
