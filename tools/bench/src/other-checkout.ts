import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Another checkout of the project, built. What was made for it is removed when it is disposed of. */
export interface OtherCheckout extends Disposable {
  readonly root: string;
  /** Its commit's abbreviated name. */
  readonly name: string;
}

/**
 * Builds another checkout by its own `npm run build`: what that takes is its own affair, be it an add-on to be compiled or packages of npm.
 *
 * @param root Folder of this checkout.
 * @param where The folder of the other one, or a commit, for which a git worktree is made.
 */
export function openOtherCheckout(root: string, where: string): OtherCheckout {
  if (existsSync(join(where, "package.json"))) {
    const other = resolve(where);
    build(other);
    return { root: other, name: commitOf(other), [Symbol.dispose]: () => undefined };
  }
  const name = nameOf(root, where);
  const folder = mkdtempSync(join(tmpdir(), "flor-bench-"));
  const other = join(folder, name);
  const dispose = (): void => {
    process.off("exit", dispose);
    rmSync(folder, { recursive: true, force: true });
    git(root, "worktree", "prune");
  };
  process.once("exit", dispose);
  try {
    git(root, "worktree", "add", "--quiet", "--detach", other, name);
    build(other);
  } catch (error) {
    dispose();
    throw error;
  }
  return { root: other, name, [Symbol.dispose]: dispose };
}

/** The commit that a checkout is at, and whether it has changes; "unknown" without git. */
export function commitOf(folder: string): string {
  try {
    return git(folder, "describe", "--always", "--dirty");
  } catch {
    return "unknown";
  }
}

function build(folder: string): void {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

function nameOf(root: string, commit: string): string {
  try {
    return git(root, "rev-parse", "--short", "--verify", `${commit}^{commit}`);
  } catch {
    throw new Error(`"${commit}" is neither a commit that git knows here nor the folder of a checkout`);
  }
}

function git(folder: string, ...argv: string[]): string {
  return execFileSync("git", argv, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
}
