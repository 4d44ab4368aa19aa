import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { stackOfSources } from "../src/process/stack-sources.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-stack-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The second line of the bundle is the 41st of its source, from the seventh column on. */
function bundle(name: string, map: string): string {
  writeFileSync(join(folder, `${name}.map`), map);
  return pathToFileURL(join(folder, name)).href;
}

const file = bundle("main.js", JSON.stringify({ version: 3, sources: ["../src/a.ts"], names: [], mappings: ";AAwCM" }));
const source = pathToFileURL(join(folder, "../src/a.ts")).href;

test.each([
  [
    "of the bundle are those of its sources",
    `  at f (${file}:2:1)\n  at ${file}:2:1`,
    `  at f (${source}:41:7)\n  at ${source}:41:7`,
  ],
  ["that the map does not tell stay", `  at f (${file}:1:1)`, `  at f (${file}:1:1)`],
  ["in a file without a map stay", `  at f (${file}x.js:2:1)`, `  at f (${file}x.js:2:1)`],
  ["of Node stay", "  at run (node:internal/process:2:1)", "  at run (node:internal/process:2:1)"],
])("places %s", (_, stack, shown) => {
  expect(stackOfSources(stack)).toBe(shown);
});

test("a map that cannot be read changes nothing", () => {
  const broken = bundle("broken.js", "{");
  expect(stackOfSources(`  at f (${broken}:2:1)`)).toBe(`  at f (${broken}:2:1)`);
});
