import { describe, test } from "vitest";
import { conformanceCases } from "../src/conformance/index.ts";
import { realContext } from "./real-context.ts";

describe("the quiche engine", () => {
  test.each(conformanceCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await one.run(realContext);
  });
});
