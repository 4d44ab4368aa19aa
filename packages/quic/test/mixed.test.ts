/** Each engine talks to the other, in both roles: the pair passes all tests that the suite has for one engine. */
import { describe, test } from "vitest";
import { conformanceCases } from "../testing/conformance/index.ts";
import { nativeEngine } from "../src/native/drivers/native-engine.ts";
import type { QuicEngine } from "../src/index.ts";
import { quicheEngine } from "../src/portable/index.ts";
import { realContext } from "./real-context.ts";

const native = nativeEngine();
const rows = conformanceCases.map((one) => [one.name, one] as const);

describe.skipIf(native === undefined)("a native client and a quiche server (skipped where there is no cargo)", () => {
  test.each(rows)("%s", async (_, one) => {
    await one.run({ ...realContext, engine: mix(native!, quicheEngine) });
  });
});

describe.skipIf(native === undefined)("a quiche client and a native server (skipped where there is no cargo)", () => {
  test.each(rows)("%s", async (_, one) => {
    await one.run({ ...realContext, engine: mix(quicheEngine, native!) });
  });
});

/** An engine that takes its clients from one engine, and all else from another. */
function mix(client: QuicEngine, server: QuicEngine): QuicEngine {
  return { ...server, name: "mixed", connect: (...args) => client.connect(...args) };
}
