/*
 *   a ───── b ───── c ───── d        each in a namespace of its own
 *
 *   Clients on a, servers on d, all of them programs that know nothing of the mesh. Each service has a tunnel of its own. Connections
 *   that idle begin first and are looked at last, while the others keep the mesh busy.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { describePrograms, programs } from "../src/programs/programs.ts";
import { ProgramMesh } from "../src/programs/program-mesh.ts";
import { isRoot } from "../src/root.ts";

describe.skipIf(!isRoot)("programs that nobody here wrote, over three links", () => {
  const mesh = new ProgramMesh(programs);
  beforeAll(() => mesh.open());
  afterAll(() => mesh.close());

  describePrograms(mesh, ({ bytes }) => bytes);
});
