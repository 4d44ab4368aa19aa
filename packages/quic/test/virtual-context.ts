import { Random } from "@florenetes/simkit";
import type { ConformanceContext } from "../testing/conformance/index.ts";
import { chainVerifier, simulatedEngine } from "../testing/simulated/index.ts";
import { makeConformanceCredentials } from "./credentials.ts";

const credentials = makeConformanceCredentials();

/** The simulated engine, with a clock that moves only while somebody sleeps. */
export function virtualContext(seed: number): ConformanceContext {
  const random = new Random(seed);
  let now = 0;
  return {
    engine: simulatedEngine({ random: () => random.next(), verifyChain: chainVerifier(() => Date.now()) }),
    credentials,
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
}
