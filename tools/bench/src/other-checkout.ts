import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Another checkout of the project, which is built. */
export interface OtherCheckout {
  readonly root: string;
  /** The abbreviated name of the checkout's commit. */
  readonly name: string;
}

/**
 * Builds another checkout by its own `npm run build`, which may compile an add-on or fetch packages of npm.
 *
 * @throws Error when the folder has no checkout, or when it cannot be built.
 */
export function buildOtherCheckout(folder: string): OtherCheckout {
  if (!existsSync(join(folder, "package.json")))
    throw new Error(`there is no checkout in "${folder}": make one by git worktree add "${folder}" COMMIT`);
  execFileSync("npm", ["run", "--silent", "build"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return { root: resolve(folder), name: commitOf(folder) };
}

/** The commit of a checkout, and whether it has changes; "unknown" without git. */
export function commitOf(folder: string): string {
  try {
    const argv = ["describe", "--always", "--dirty"];
    return execFileSync("git", argv, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
