import { openDataPlane } from "@florenetes/data-plane";
import { describe } from "vitest";
import { describeDataPlane } from "../../conformance/index.ts";
import { NativeWorld } from "../../worlds/native-world.ts";

describe.runIf(openDataPlane().kind === "native")("the native data plane", () => {
  describeDataPlane({ where: "in real time", open: () => new NativeWorld(), isReal: true, within: () => Infinity });
});
