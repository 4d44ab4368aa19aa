import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LAB_ERRORS } from "../src/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");

test.each(Object.keys(LAB_ERRORS))("%s is explained in docs/errors.md", (code) => {
  expect(page).toContain(`| \`${code}\` |`);
});
