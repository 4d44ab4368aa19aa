import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Another checkout of the project, built. */
export interface OtherCheckout {
  readonly root: string;
  /** Its commit's abbreviated name. */
  readonly name: string;
}

/**
 * Builds another checkout by its own `npm run build`: what that takes is its own affair, be it an add-on to be compiled or packages of npm.
 *
 * @throws Error when there is none in the folder, or when it cannot be built.
 */
export function buildOtherCheckout(folder: string): OtherCheckout {
  if (!existsSync(join(folder, "package.json")))
    throw new Error(`there is no checkout in "${folder}": make one by git worktree add "${folder}" COMMIT`);
  execFileSync("npm", ["run", "--silent", "build"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return { root: resolve(folder), name: commitOf(folder) };
}

/** The commit that a checkout is at, and whether it has changes; "unknown" without git. */
export function commitOf(folder: string): string {
  try {
    const argv = ["describe", "--always", "--dirty"];
    return execFileSync("git", argv, { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
