// For the other scripts: the commit of the sources, which programs tell beside their version.
// Plain JavaScript for any Node from 18 on, as it runs in the set-up.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `git archive` writes the commit into this file. */
const ARCHIVED = join("scripts", "archived-commit.txt");
const COMMIT = /^[0-9a-f]{40,64}$/;
/** Characters of a commit that people are told. */
const SHOWN = 8;

/**
 * The commit of a clone or of an archive that git has made: `29e035e9`, or `29e035e9, changed` where a tracked file is another one.
 * Undefined where the sources name none. Without the program git a clone tells its commit all the same, and not whether it is changed.
 */
export function commitOf(root) {
  // The folder may be in a repository that is not ours.
  if (!existsSync(join(root, ".git"))) return shown(read(join(root, ARCHIVED)));
  const git = (...args) => spawnSync("git", ["--no-optional-locks", "-C", root, ...args], { encoding: "utf8" });
  const head = git("rev-parse", "HEAD");
  if (head.status !== 0) return shown(headOf(join(root, ".git")));
  const isChanged = git("status", "--porcelain", "--untracked-files=no").stdout !== "";
  return `${shown(head.stdout)}${isChanged ? ", changed" : ""}`;
}

/** The commit that a folder of git's names as the present one, by gitrepository-layout(5). */
function headOf(folder) {
  const head = read(join(folder, "HEAD"));
  const reference = /^ref: (\S+)/.exec(head)?.[1];
  if (reference === undefined) return head;
  const packed = read(join(folder, "packed-refs")).split("\n");
  return read(join(folder, reference)) || (packed.find((line) => line.endsWith(` ${reference}`)) ?? "").split(" ")[0];
}

function shown(commit) {
  return COMMIT.test(commit.trim()) ? commit.slice(0, SHOWN) : undefined;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
