import { beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../installed.ts";
import { PATIENCE } from "../patience.ts";
import { git } from "./git.ts";
import { halfClose } from "./half-close.ts";
import { idle } from "./idle.ts";
import { iperf } from "./iperf.ts";
import { postgres } from "./postgres.ts";
import type { Program } from "./program.ts";
import type { ProgramMesh } from "./program-mesh.ts";
import { ssh } from "./ssh.ts";
import { web } from "./web.ts";
import { websocket } from "./websocket.ts";

/** All programs, in the order of their tests. Connections that idle come last: they do so while the other programs work. */
export const programs: readonly Program[] = [postgres, ssh, git, halfClose, web, websocket, iperf, idle];

/** The tests of all programs over a mesh that is open. `bytesOf` says how much each of them moves: no more than its size, where the mesh is slow. */
export function describePrograms(mesh: ProgramMesh, bytesOf: (program: Program) => number): void {
  describe("while some idle", () => {
    const begins: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      for (const begin of begins) await begin();
    });
    for (const program of programs) {
      const isHere = areInstalled(program.name, ...program.needs);
      const beginFirst = (begin: () => Promise<void>): void => {
        if (isHere) begins.push(begin);
      };
      describe.skipIf(!isHere)(program.name, () => program.describe(mesh, bytesOf(program), beginFirst));
    }
  });

  test("nothing is left of any of them", async () => {
    await expect.poll(() => mesh.openStreams(), PATIENCE).toEqual([0, 0]);
  });
}
