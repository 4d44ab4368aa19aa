import { openDataPlane } from "@florenetes/data-plane";
import { isSoak } from "@florenetes/simkit";
import { describe } from "vitest";
import { describeDataPlane } from "../../conformance/index.ts";
import { bothWorlds } from "../../worlds/both-worlds.ts";

/**
 * A short run has this plane in virtual time alone where the native one carries: `packages/quic/test/conformance.test.ts` holds that the simulated
 * engine and quiche keep the same promises, and `workload-sockets.test.ts` that sockets in memory behave as real ones do.
 */
const hasRealTime = isSoak || openDataPlane().kind !== "native";

for (const { where, ...world } of bothWorlds)
  describe.runIf(hasRealTime || !world.isReal)(`the portable data plane, ${where},`, () => describeDataPlane(world));
