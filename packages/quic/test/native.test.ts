import { describe, expect, test } from "vitest";
import { conformanceCases, Pair } from "../testing/conformance/index.ts";
import { nativeEngine } from "../src/native/drivers/native-engine.ts";
import { makeConformanceCredentials } from "./credentials.ts";
import { nativeContext } from "./native-context.ts";
import { runStreams } from "./simulated-run.ts";

const isBuilt = nativeContext(0) !== undefined;

describe.skipIf(!isBuilt)("the native engine, in virtual time (skipped where there is no cargo)", () => {
  test.each(conformanceCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await one.run(nativeContext(1)!);
  });
});

test.skipIf(!isBuilt)("what the window holds leaves at once: nothing waits for a pacer", async () => {
  const context = nativeContext(1)!;
  const pair = new Pair(context);
  await pair.establish();
  let packets = 0;
  pair.filter = (direction) => {
    if (direction === "to-server") packets++;
    return true;
  };
  // Twelve round trips of 200 ms, in which the window grows.
  for (let turn = 0; turn < 12; turn++) {
    packets = 0;
    while (pair.client.sendDatagram(new Uint8Array(1_200)));
    await context.sleep(100);
    pair.bring("to-server");
    await context.sleep(100);
    pair.bring("to-client");
  }
  expect(packets).toBeGreaterThan(50);
});

test.skipIf(!isBuilt)(
  "after an outage a ping shows at once what was lost, though the window is full of it",
  async () => {
    const context = nativeContext(1)!;
    const idleTimeoutMs = 60_000;
    const pair = new Pair(context, { client: { idleTimeoutMs }, server: { idleTimeoutMs } });
    await pair.establish();
    pair.filter = () => false;
    const room = new Uint8Array(100_000);
    const sent = pair.client.streamSend(0, room, false);
    await pair.elapse(5_000);
    pair.filter = () => true;
    pair.client.ping();
    let received = 0;
    const hasAll = (): boolean => {
      received += Math.max(0, pair.server.streamReceive(0, room));
      return received === sent;
    };
    // The timer alone would take as long again as the outage lasted.
    await pair.until(hasAll, "all bytes are there", 500);
  },
);

/** Networks that are worse than life: loss, delay, packets that come twice or in another order, and outages. */
describe.skipIf(!isBuilt)("the native engine in bad networks (skipped where there is no cargo)", () => {
  const limitMs = 600_000;
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);
  const credentials = makeConformanceCredentials().server;

  test.each(seeds)("seed %i: no byte of a stream is lost, doubled or out of order", (seed) => {
    const make = (random: { next(): number }): NonNullable<ReturnType<typeof nativeEngine>> =>
      nativeEngine({ randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(256 * random.next())) })!;
    expect(runStreams(seed, limitMs, { make, credentials }).durationMs).toBeLessThan(limitMs);
  });
});
