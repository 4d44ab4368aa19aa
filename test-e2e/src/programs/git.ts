import { join } from "node:path";
import { GIT, startGit } from "@florenetes/workloads";
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
  // The name of a host may stand for several addresses, and not every server listens on each of them.
  services: () => ({ git: overTcp(ports, "localhost") }),
  bytes: 2 * MEGABYTE,
  describe(mesh, bytes) {
    test("clones a repository whole, pushes to it, and fetches from it", async () => {
      await startGit(mesh, ports.target, COMMITS, fileContents(bytes));
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

function runGit(mesh: ProgramMesh, ...args: readonly string[]): Promise<string> {
  return mesh.run([...GIT, ...args]);
}
