import { describe, test } from "vitest";
import { conformanceCases } from "../testing/conformance/index.ts";
import { realContext } from "./real-context.ts";
import { virtualContext } from "./virtual-context.ts";

describe("the quiche engine, in real time", () => {
  test.each(conformanceCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await one.run(realContext);
  });
});

describe("the simulated engine, in virtual time", () => {
  test.each(conformanceCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await one.run(virtualContext(1));
  });
});
