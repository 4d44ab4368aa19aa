import { setTimeout as sleep } from "node:timers/promises";
import type { ConformanceContext } from "../testing/conformance/index.ts";
import { quicheEngine } from "../src/portable/index.ts";
import { makeConformanceCredentials } from "./credentials.ts";

/** quiche reads the real clock itself, so that virtual time is not possible with it. */
export const realContext: ConformanceContext = {
  engine: quicheEngine,
  credentials: makeConformanceCredentials(),
  now: () => performance.now(),
  sleep: (milliseconds) => sleep(Math.ceil(milliseconds)),
};
