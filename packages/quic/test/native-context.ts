import { Random } from "@florenetes/simkit";
import type { ConformanceContext } from "../testing/conformance/index.ts";
import { nativeEngine } from "../src/native/drivers/native-engine.ts";
import { makeConformanceCredentials } from "./credentials.ts";

const credentials = makeConformanceCredentials();

/** The native engine, with a clock that moves only while somebody sleeps; undefined where it is not built. */
export function nativeContext(seed: number): ConformanceContext | undefined {
  const random = new Random(seed);
  const engine = nativeEngine({
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(256 * random.next())),
  });
  if (engine === undefined) return undefined;
  let now = 0;
  return {
    engine,
    credentials,
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
}
