// The changes as commits of a git repository, in which they are edited, and moved to a newer crate.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { applyChange } from "./change.mjs";
import { readOurs, readTree, writeTree } from "./make.mjs";
import { CRATE, NATIVE, readPublished } from "./published.mjs";

const PUBLISHED = "The crate as it was published";
const OURS = "Our files";
const NO_GIT = "git cannot be run: install it";
const OUTPUT_MAX = 67_108_864;

/** Makes the repository: the published crate, our files, and each change. Returns in a sentence why it cannot. */
export function unfold(folder) {
  if (existsSync(folder)) return `${folder} is there already: name a folder that is not`;
  if (!hasGit()) return NO_GIT;
  const { files: ours, changes } = readOurs();
  const { files, fault } = readPublished(process.env);
  if (fault !== undefined) return fault;
  writeTree(folder, files);
  git(folder, "init", "--quiet");
  commit(folder, PUBLISHED);
  writeTree(folder, ours);
  commit(folder, OURS);
  for (const [name, change] of changes) {
    const where = applyChange(files, change);
    if (where !== undefined) return `${name} does not apply (${where})`;
    writeTree(folder, files);
    commit(folder, change.slice(0, change.indexOf("\n\n--- a/")));
  }
  return undefined;
}

/** Writes our files as they are in the end, and a change for each commit after them. Returns in a sentence why it cannot. */
export function fold(folder) {
  if (!hasGit()) return NO_GIT;
  const own = join(NATIVE, CRATE);
  const [published, ...commits] = git(folder, "rev-list", "--reverse", "HEAD").trim().split("\n");
  const added = git(folder, "diff", "--name-only", "--diff-filter=A", published, "HEAD").trim().split("\n");
  const contents = readTree(folder);
  const changes = commits.flatMap((id) => {
    const others = added.map((path) => `:!${path}`);
    const diff = git(folder, "diff", "--unified=0", "--minimal", "--no-renames", `${id}^`, id, "--", ".", ...others);
    if (diff === "") return [];
    const message = git(folder, "log", "-1", "--format=%B", id).trim();
    return [{ message, diff: withoutText(diff) }];
  });
  for (const part of ["src", "changes"]) rmSync(join(own, part), { recursive: true, force: true });
  writeTree(own, new Map(added.map((path) => [path, contents.get(path)])));
  writeTree(
    join(own, "changes"),
    new Map(changes.map(({ message, diff }, index) => [nameOf(message, index), `${message}\n\n${diff}`])),
  );
  return undefined;
}

/** Without digests of files, and without the crate's lines that git writes behind line numbers. */
function withoutText(diff) {
  return diff.replace(/^(?:diff|index) .*\n/gm, "").replace(/^(@@ [^@]* @@).*$/gm, "$1");
}

function nameOf(message, index) {
  const words = message
    .split("\n")[0]
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return `${String(index + 1).padStart(4, "0")}-${words.join("-")}.patch`;
}

function commit(folder, message) {
  git(folder, "add", "--all", "--force");
  git(
    folder,
    "-c",
    "user.name=Florenetes",
    "-c",
    "user.email=none",
    "commit",
    "--quiet",
    "--cleanup=whitespace",
    "-m",
    message,
  );
}

function hasGit() {
  return spawnSync("git", ["--version"]).status === 0;
}

function git(folder, ...args) {
  const { status, stdout, stderr } = spawnSync("git", ["-C", folder, ...args], {
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
  });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout;
}
