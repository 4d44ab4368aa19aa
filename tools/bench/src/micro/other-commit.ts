import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeOwnFolder } from "../sweep.ts";

/** The sources of another commit in a folder of their own, which is removed afterwards. */
export interface OtherCommit extends Disposable {
  readonly root: string;
  /** Its abbreviated name. */
  readonly name: string;
}

/**
 * Puts a commit into a git worktree. What it needs of npm is linked from this checkout where it needs the same versions, else
 * installed from pnpm's store, without a network. Nothing is compiled: both commits run from their sources.
 *
 * @param root Folder of this checkout.
 */
export function openOtherCommit(root: string, commit: string): OtherCommit {
  const git = (...argv: string[]): string => execFileSync("git", argv, { cwd: root, encoding: "utf8", stdio: "pipe" });
  const name = nameOf(commit, git);
  const folder = makeOwnFolder("commit");
  const other = join(folder, name);
  const dispose = (): void => {
    process.off("exit", dispose);
    if (existsSync(other)) git("worktree", "remove", "--force", other);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", dispose);
  try {
    // Of benches that were killed.
    git("worktree", "prune");
    git("worktree", "add", "--quiet", "--detach", other, name);
    const packages = workspaces(other);
    if (packages.every((path) => needsOf(root, path) === needsOf(other, path))) linkPackages(root, other, packages);
    else execFileSync("pnpm", ["install", "--offline", "--frozen-lockfile"], { cwd: other, stdio: "pipe" });
  } catch (error) {
    dispose();
    throw error;
  }
  return { root: other, name, [Symbol.dispose]: dispose };
}

function nameOf(commit: string, git: (...argv: string[]) => string): string {
  try {
    return git("rev-parse", "--short", "--verify", `${commit}^{commit}`).trim();
  } catch {
    throw new Error(`git knows no commit "${commit}" here`);
  }
}

/** Folders of what may be measured, from the root. */
function workspaces(root: string): string[] {
  return ["packages", "apps"].flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)));
}

/** Names and versions of what a workspace needs where it runs; "" when it is not there. */
function needsOf(root: string, workspace: string): string {
  const file = join(root, workspace, "package.json");
  if (!existsSync(file)) return "";
  const { dependencies = {} } = JSON.parse(readFileSync(file, "utf8")) as { dependencies?: object };
  return JSON.stringify(dependencies);
}

/** The links in a workspace are relative, so that copies of them lead to the other checkout's workspaces. */
function linkPackages(from: string, to: string, packages: readonly string[]): void {
  symlinkSync(join(from, "node_modules"), join(to, "node_modules"));
  for (const path of packages) {
    const links = join(from, path, "node_modules");
    if (existsSync(links)) cpSync(links, join(to, path, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
}
