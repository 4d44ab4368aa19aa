/*
 *   a ───── b ───── c ───── d        each in a namespace of its own
 *
 *   Clients on a, servers on d, all of them programs that know nothing of the mesh. Each service has a tunnel of its own. What is
 *   to idle begins first and is looked at last, while the others keep the mesh busy.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";
import { describeGit } from "../src/programs/git.ts";
import { describeHalfClose } from "../src/programs/half-close.ts";
import { describeIdle } from "../src/programs/idle.ts";
import { describeIperf } from "../src/programs/iperf.ts";
import { describePostgres } from "../src/programs/postgres.ts";
import { ProgramMesh } from "../src/programs/program-mesh.ts";
import { describeSsh } from "../src/programs/ssh.ts";
import { describeWeb } from "../src/programs/web.ts";
import { describeWebsocket } from "../src/programs/websocket.ts";
import { isRoot } from "../src/root.ts";

describe.skipIf(!isRoot)("programs that nobody here wrote, over three links", () => {
  const mesh = new ProgramMesh();
  beforeAll(() => mesh.open());
  afterAll(() => mesh.close());

  describeIdle(mesh, () => {
    describePostgres(mesh);
    describeSsh(mesh);
    describeGit(mesh);
    describeHalfClose(mesh);
    describeWeb(mesh);
    describeWebsocket(mesh);
    describeIperf(mesh);
  });

  test("nothing is left of any of them", async () => {
    await expect.poll(() => mesh.openStreams(), PATIENCE).toEqual([0, 0]);
  });
});
