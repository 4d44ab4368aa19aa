import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODES } from "@florenetes/operator-text";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/operate/errors.md"), "utf8");

test.each(Object.values(EXIT_CODES))("exit code %d is explained in docs/operate/errors.md", (code) => {
  expect(page).toMatch(new RegExp(`^\\| ${code} \\| .+ \\|$`, "m"));
});

test("no code has two explanations", () => {
  const codes = [...page.matchAll(/^\| `(ERR_\w+)`/gm)].map((match) => match[1]);
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
});

/** A code where it is given: `ERR_USAGE: {`, where a code is explained, is left out. */
const GIVEN = /\bERR_[A-Z]+(?:_[A-Z]+)*\b(?!: \{)/g;

/** Codes of Node's, which sources look for and never give. */
const OF_NODE: ReadonlySet<string> = new Set(["ERR_OUT_OF_RANGE", "ERR_SQLITE_ERROR"]);

test("every code that any of the programs can give is explained, and no other", () => {
  const sources = globSync(["{apps,packages,tools}/*/src/**/*.ts", "native/*/src/**/*.rs"], { cwd: root });
  expect(sources.length).toBeGreaterThan(100);
  const given = sources.flatMap((file) => readFileSync(join(root, file), "utf8").match(GIVEN) ?? []);
  const explained = [...page.matchAll(/^\| `(ERR_\w+)` \| .+ \| .+ \|$/gm)].map((match) => match[1]!);
  expect(explained.toSorted()).toEqual([...new Set(given)].filter((code) => !OF_NODE.has(code)).toSorted());
});
