import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import { fileContents } from "../file-contents.ts";
import { areInstalled } from "../installed.ts";
import { MEGABYTE } from "../services.ts";
import { type ProgramMesh, services } from "./program-mesh.ts";

const { target, tunnel } = services.git;
const COMMITS = 200;
const SIZE = 2 * MEGABYTE;

/** git against its own daemon. */
export function describeGit(mesh: ProgramMesh): void {
  describe.skipIf(!areInstalled("git", "git"))("git", () => {
    test("clones a repository whole, pushes to it, and fetches from it", async () => {
      await startGit(mesh);
      const url = `git://127.0.0.1:${tunnel}/origin`;
      const [first, second] = [join(mesh.folder, "git-first"), join(mesh.folder, "git-second")];

      await git(mesh, "clone", "--quiet", url, first);
      await git(mesh, "-C", first, "fsck", "--full", "--strict");
      expect(await git(mesh, "-C", first, "rev-list", "--count", "HEAD")).toBe(`${COMMITS + 1}\n`);

      await git(mesh, "clone", "--quiet", "--depth", "1", url, second);
      await git(mesh, "-C", first, "commit", "--quiet", "--allow-empty", "--message", "pushed");
      await git(mesh, "-C", first, "push", "--quiet", "origin", "HEAD");
      await git(mesh, "-C", second, "pull", "--quiet", "--ff-only");
      const heads = await Promise.all([first, second].map((clone) => git(mesh, "-C", clone, "rev-parse", "HEAD")));
      expect(heads[0]).toBe(heads[1]);
    });
  });
}

/** Starts a daemon with one repository: many small commits, and one with a large file. */
async function startGit(mesh: ProgramMesh): Promise<void> {
  const base = join(mesh.folder, "git");
  const origin = join(base, "origin");
  await mkdir(origin, { recursive: true });
  await git(mesh, "init", "--quiet", "--bare", "--initial-branch=main", origin);
  const commits = Array.from({ length: COMMITS }, (_, index) => commit(index));
  await mesh.run([...command, "-C", origin, "fast-import", "--quiet"], { input: commits.join("") });
  const work = join(mesh.folder, "git-work");
  await git(mesh, "clone", "--quiet", origin, work);
  await pipeline(fileContents(SIZE), createWriteStream(join(work, "large")));
  await git(mesh, "-C", work, "add", "large");
  await git(mesh, "-C", work, "commit", "--quiet", "--message", "large");
  await git(mesh, "-C", work, "push", "--quiet", "origin", "HEAD");
  const address = ["--listen=127.0.0.1", `--port=${target}`, "--reuseaddr"];
  const options = [`--base-path=${base}`, "--export-all", "--enable=receive-pack"];
  await mesh.serve(target, ["git", "daemon", ...address, ...options]);
}

/** Without what the machine's own user has configured. */
const command = [
  "env",
  "GIT_CONFIG_GLOBAL=/dev/null",
  "GIT_CONFIG_NOSYSTEM=1",
  "git",
  "-c",
  "user.name=alice",
  "-c",
  "user.email=alice@example.org",
];

function git(mesh: ProgramMesh, ...args: readonly string[]): Promise<string> {
  return mesh.run([...command, ...args]);
}

/** One commit in the language of `git fast-import`. */
function commit(index: number): string {
  const contents = `line of commit ${index}\n`.repeat(20);
  return [
    "commit refs/heads/main",
    `committer alice <alice@example.org> ${1_700_000_000 + index} +0000`,
    `data ${String(index).length}\n${index}`,
    `M 100644 inline file-${index}`,
    `data ${contents.length}\n${contents}`,
    "",
  ].join("\n");
}
