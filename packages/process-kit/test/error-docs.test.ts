import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT_CODES, PROCESS_KIT_ERRORS } from "../src/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");

test.each(Object.keys(PROCESS_KIT_ERRORS))("%s is explained in docs/errors.md", (code) => {
  expect(page).toMatch(new RegExp(`^\\| \`${code}\` \\| .+ \\| .+ \\|$`, "m"));
});

test.each(Object.values(EXIT_CODES))("exit code %d is explained in docs/errors.md", (code) => {
  expect(page).toMatch(new RegExp(`^\\| ${code} \\| .+ \\|$`, "m"));
});

test("no code has two explanations", () => {
  const codes = [...page.matchAll(/^\| `(ERR_\w+)`/gm)].map((match) => match[1]);
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
});
