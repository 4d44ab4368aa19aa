import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { fileContents } from "../file-contents.ts";
import { MEGABYTE } from "../services.ts";
import { overTcp, type Ports, type Program } from "./program.ts";
import type { ProgramMesh } from "./program-mesh.ts";

const COMMITS = 200;
const ports: Ports = { target: 9418, tunnel: 18_006 };

/** git against its own daemon. */
export const git: Program = {
  name: "git",
  needs: ["git"],
  // By its name a host has several addresses, and not every server listens on each of them.
  services: () => ({ git: overTcp(ports, "localhost") }),
  bytes: 2 * MEGABYTE,
  describe(mesh, bytes) {
    test("clones a repository whole, pushes to it, and fetches from it", async () => {
      await startGit(mesh, bytes);
      const url = `git://127.0.0.1:${ports.tunnel}/origin`;
      const [first, second] = [join(mesh.folder, "git-first"), join(mesh.folder, "git-second")];

      await runGit(mesh, "clone", "--quiet", url, first);
      await runGit(mesh, "-C", first, "fsck", "--full", "--strict");
      expect(await runGit(mesh, "-C", first, "rev-list", "--count", "HEAD")).toBe(`${COMMITS + 1}\n`);

      await runGit(mesh, "clone", "--quiet", "--depth", "1", url, second);
      await runGit(mesh, "-C", first, "commit", "--quiet", "--allow-empty", "--message", "pushed");
      await runGit(mesh, "-C", first, "push", "--quiet", "origin", "HEAD");
      await runGit(mesh, "-C", second, "pull", "--quiet", "--ff-only");
      const heads = await Promise.all([first, second].map((clone) => runGit(mesh, "-C", clone, "rev-parse", "HEAD")));
      expect(heads[0]).toBe(heads[1]);
    });
  },
};

/** Starts a daemon with one repository: many small commits, and one with a large file. */
async function startGit(mesh: ProgramMesh, bytes: number): Promise<void> {
  const base = join(mesh.folder, "git");
  const origin = join(base, "origin");
  await mkdir(origin, { recursive: true });
  await runGit(mesh, "init", "--quiet", "--bare", "--initial-branch=main", origin);
  const commits = Array.from({ length: COMMITS }, (_, index) => commit(index));
  await mesh.run([...command, "-C", origin, "fast-import", "--quiet"], { input: commits.join("") });
  const work = join(mesh.folder, "git-work");
  await runGit(mesh, "clone", "--quiet", origin, work);
  await pipeline(fileContents(bytes), createWriteStream(join(work, "large")));
  await runGit(mesh, "-C", work, "add", "large");
  await runGit(mesh, "-C", work, "commit", "--quiet", "--message", "large");
  await runGit(mesh, "-C", work, "push", "--quiet", "origin", "HEAD");
  const address = ["--listen=127.0.0.1", `--port=${ports.target}`, "--reuseaddr"];
  const options = [`--base-path=${base}`, "--export-all", "--enable=receive-pack"];
  await mesh.serve(ports.target, ["git", "daemon", ...address, ...options]);
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

function runGit(mesh: ProgramMesh, ...args: readonly string[]): Promise<string> {
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
