import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-link-vertex-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Files that a page names as parts of its folder. */
function filesNamedIn(page: string): readonly string[] {
  return [...page.matchAll(/`((?:[\w-]+\/)*[\w-]+\.(?:py|ts|js|proto|json|node))`/g)].map(([, name]) => name!);
}

test.each(["python", "typescript"])("a skeleton in %s is a folder that says what is in it", async (language) => {
  const folder = join(base, "new", language);
  const run = await flor("link-vertex", "init", folder, "--language", language);
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toContain(`npm run vertex-kit -- "`);
  const named = filesNamedIn(readFileSync(join(folder, "README.md"), "utf8"));
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(existsSync(join(folder, name)), name).toBe(true);
});

test("the skeleton in Python has all modules that it imports, and the tests of its protocol pass", async () => {
  const folder = join(base, "python");
  await flor("link-vertex", "init", folder, "--language", "python");
  const own = readdirSync(folder).filter((name) => name.endsWith(".py"));
  const imported = own.flatMap((name) => [
    ...readFileSync(join(folder, name), "utf8").matchAll(/^(?:from|import) (\w+)/gm),
  ]);
  const ofOurs = readdirSync(join(import.meta.dirname, "../../../examples/link-vertex-python"));
  for (const [, name] of imported) if (ofOurs.includes(`${name}.py`)) expect(own).toContain(`${name}.py`);
  execFileSync("python3", ["-B", "-m", "unittest", "discover", "-s", "test"], { cwd: folder, stdio: "pipe" });
});

test("the skeleton in TypeScript runs as it is, and the tests of its protocol pass", async () => {
  const folder = join(base, "typescript");
  await flor("link-vertex", "init", folder, "--language", "typescript");
  execFileSync(process.execPath, ["--test"], { cwd: folder, stdio: "pipe" });
  const program = [join(folder, "src/link-skeleton.ts"), "run", "--config", join(folder, "none.yaml")];
  expect(spawnSync(process.execPath, program, { encoding: "utf8" })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("[ERR_CONFIG_FILE_MISSING]") as string,
  });
});

test("a folder that holds something is left as it is", async () => {
  const folder = join(base, "full");
  mkdirSync(folder);
  writeFileSync(join(folder, "mine"), "");
  const run = await flor("link-vertex", "init", folder, "--language", "python");
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_FLOR_FOLDER_NOT_EMPTY]") as string });
  expect(readdirSync(folder)).toEqual(["mine"]);
});

test("an empty folder is taken", async () => {
  const folder = join(base, "empty");
  mkdirSync(folder);
  expect((await flor("link-vertex", "init", folder, "--language", "python")).code).toBe(0);
});

test.each([
  [["--language", "cobol"], "ERR_FLOR_USAGE", "a"],
  [[], "ERR_FLOR_USAGE", "a"],
  [["--language", "python"], "ERR_FLOR_FOLDER_UNUSABLE", "file/below"],
])("what cannot be done is told by its code: %j", async (options, code, name) => {
  writeFileSync(join(base, "file"), "");
  const run = await flor("link-vertex", "init", join(base, name), ...options);
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining(`[${code}]`) as string });
});
