import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const script = new URL("../../../scripts/commit.mjs", import.meta.url).href;
const { commitOf } = (await import(script)) as { readonly commitOf: (root: string) => string | undefined };

let base: string;
let clone: string;
let commit: string;

const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", clone, "-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    encoding: "utf8",
  });

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "florenetes-commit-"));
  clone = join(base, "clone");
  mkdirSync(join(clone, "scripts"), { recursive: true });
  execFileSync("git", ["init", "--quiet", clone]);
  writeFileSync(join(clone, ".gitattributes"), "scripts/archived-commit.txt export-subst\n");
  writeFileSync(join(clone, "scripts/archived-commit.txt"), "$Format:%H$\n");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  commit = git("rev-parse", "HEAD").slice(0, 8);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(base, { recursive: true });
});

test("a clone tells its commit, and whether a tracked file is another one", () => {
  writeFileSync(join(clone, "notes"), "");
  expect(commitOf(clone)).toBe(commit);
  appendFileSync(join(clone, ".gitattributes"), "\n");
  expect(commitOf(clone)).toBe(`${commit}, changed`);
});

test.each([
  ["on a branch", []],
  ["with packed references", ["pack-refs", "--all"]],
  ["on no branch", ["checkout", "--quiet", "--detach"]],
])("a clone %s tells its commit where there is no git", (_, command) => {
  if (command.length > 0) git(...command);
  vi.stubEnv("PATH", base);
  expect(commitOf(clone)).toBe(commit);
});

test("an archive tells its commit, also inside a repository of other people's", () => {
  const archive = join(clone, "archive");
  mkdirSync(archive);
  git("archive", "--output", join(base, "a.tar"), "HEAD");
  execFileSync("tar", ["-xf", join(base, "a.tar"), "-C", archive]);
  git("commit", "--quiet", "--allow-empty", "--message", "second");
  expect(commitOf(archive)).toBe(commit);
});

test("sources that name no commit tell none", () => {
  rmSync(join(clone, ".git"), { recursive: true });
  expect(commitOf(clone)).toBeUndefined();
  rmSync(join(clone, "scripts"), { recursive: true });
  expect(commitOf(clone)).toBeUndefined();
});
