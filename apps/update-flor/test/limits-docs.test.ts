/** The numbers in docs/protocol/releases.md and docs/operate/releases.md that are this program's are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { updateConfigSchema } from "../src/config/schema.ts";
import * as limits from "../src/limits.ts";

const pageOf = (path: string): string =>
  readFileSync(join(import.meta.dirname, "../../../docs", path), "utf8").replaceAll(/\s+/g, " ");
const grouped = (value: number): string => value.toLocaleString("en-US");

test.each([
  `from the first to the newest | ${grouped(limits.ROOTS_SIZE_MAX)} |`,
  `${limits.RECORDS_MAX} records at most | ${grouped(limits.RECORD_SIZE_MAX)} |`,
  `has not kept them | ${grouped(limits.PACKAGE_SIZE_MAX)} each |`,
  `\`{"version":1,"record":"<id of the record>"}\` | ${grouped(limits.ORDER_SIZE_MAX)} |`,
  `at most ${limits.FAILED_MAX} versions`,
])("the page of the spool says: %s", (text) => {
  expect(pageOf("protocol/releases.md")).toContain(text);
});

test("the page for operators says how long a node may take to be whole", () => {
  const written = {
    cluster: "a",
    node: "a",
    channel: "a",
    spool: "/a",
    root: `sha256:${"0".repeat(64)}`,
    "repository-root": "a",
  };
  const { state, "whole-within": whole } = updateConfigSchema.parse(written);
  const page = pageOf("operate/releases.md");
  expect(page).toContain(`\`${whole}\` if left out`);
  expect(page).toContain(`\`${state}\` if left out`);
});
