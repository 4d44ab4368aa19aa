/** The functions that napi makes are unsafe, so that the add-on as a whole may hold unsafe code, and so may each file of native/io. This
 *  test holds what the compiler then does not: all unsafe code is one block of the add-on, and the modules of system calls. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const native = fileURLToPath(new URL("../../../native/", import.meta.url));
const block = /\bunsafe\s*(?:\{|fn\b|impl\b)/g;

test("what is unsafe in native/ stands in the system calls of io, and once in the add-on", () => {
  const folders = readdirSync(native).map((name) => `${name}/src/`);
  const files = folders
    .filter((folder) => existsSync(native + folder))
    .flatMap((folder) =>
      readdirSync(native + folder, { recursive: true, encoding: "utf8" }).map((name) => folder + name),
    )
    .filter((name) => name.endsWith(".rs"))
    .map((name): [string, number] => [name, readFileSync(native + name, "utf8").match(block)?.length ?? 0]);
  const unsafe = files.filter(([name, blocks]) => blocks > 0 && !name.startsWith("io/src/sys/"));
  expect(files.length).toBeGreaterThan(100);
  expect(unsafe).toEqual([["node/src/values.rs", 1]]);
});
