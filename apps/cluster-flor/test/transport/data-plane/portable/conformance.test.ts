import { describeDataPlane } from "../../conformance/index.ts";
import { bothWorlds } from "../../worlds/both-worlds.ts";

for (const world of bothWorlds) describeDataPlane(world);
