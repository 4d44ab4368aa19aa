import { openDataPlane } from "@florenetes/data-plane";
import { describe } from "vitest";
import { describeDataPlane } from "../../conformance/index.ts";
import { NativeWorld } from "../../worlds/native-world.ts";

describe.runIf(openDataPlane().kind === "native")("the native data plane, in real time,", () => {
  describeDataPlane({ open: () => new NativeWorld(), isReal: true, within: () => Infinity });
});
