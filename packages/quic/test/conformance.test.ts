import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, test } from "vitest";
import type { ConformanceContext } from "../src/conformance/index.ts";
import { conformanceCases } from "../src/conformance/index.ts";
import { quicheEngine } from "../src/index.ts";
import { makeConformanceCredentials } from "./credentials.ts";

describe("the quiche engine", () => {
  let context: ConformanceContext;

  beforeAll(() => {
    context = {
      engine: quicheEngine,
      credentials: makeConformanceCredentials(),
      // quiche reads this clock itself, so that virtual time is not possible here.
      now: () => performance.now(),
      sleep: (milliseconds) => sleep(Math.ceil(milliseconds)),
    };
  });

  test.each(conformanceCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await one.run(context);
  });
});
