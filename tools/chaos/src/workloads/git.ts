import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { GIT, startGit } from "@florenetes/workloads";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 9418, listen: 18_104 };
const COMMITS = 50;
const LARGE = 500_000;
const PAUSE_MS = 500;

/** Makes clones, which fsck has to find whole, and pushes, which the server has to have. */
export const git: Workload = {
  name: "git",
  needs: ["git"],
  packages: ["git"],
  ends: ["a", "d"],
  unit: "clones and pushes",
  routes: [{ service: "git", target: atPort(ports.target), listen: atPort(ports.listen), way: "upper" }],
  prepare: (stage) => startGit(stage, ports.target, COMMITS, Readable.from([randomBytes(LARGE)])),
  begin(stage, witness) {
    const url = `git://127.0.0.1:${ports.listen}/origin`;
    const origin = join(stage.folder, "git", "origin");
    const clone = join(stage.folder, "git-clone");
    const over = (...args: readonly string[]): Promise<string | undefined> =>
      stage.attempt(witness, "a", [...GIT, ...args]);
    /** Runs git without the mesh. */
    const local = (...args: readonly string[]): Promise<string> => stage.prepare(...GIT, ...args);
    const turn = async (): Promise<void> => {
      await rm(clone, { recursive: true, force: true });
      if ((await over("clone", "--quiet", url, clone)) === undefined) return;
      await local("-C", clone, "fsck", "--full", "--strict").catch((error: Error) => witness.wrong(error.message));
      witness.right();
      await writeFile(join(clone, "pushed"), randomBytes(20_000));
      await local("-C", clone, "add", "pushed");
      await local("-C", clone, "commit", "--quiet", "--message", "pushed");
      if ((await over("-C", clone, "push", "--quiet", "origin", "HEAD")) === undefined) return;
      const [here, there] = [
        await local("-C", clone, "rev-parse", "HEAD"),
        await local("-C", origin, "rev-parse", "HEAD"),
      ];
      if (here === there) witness.right();
      else witness.wrong(`a push that succeeded is not there: ${here.trim()}, ${there.trim()}`);
    };
    const check = async (): Promise<void> => {
      await stage.repeat(PAUSE_MS, turn);
      await local("-C", origin, "fsck", "--full", "--strict").catch((error: Error) => witness.wrong(error.message));
    };
    return { finished: check() };
  },
};
