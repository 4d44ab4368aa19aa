import { describe } from "vitest";
import { describeDataPlane } from "../../conformance/index.ts";
import { bothWorlds } from "../../worlds/both-worlds.ts";

describe.each(bothWorlds)("the portable data plane, $where,", describeDataPlane);
