import { readdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { type ConformanceContext, Pair } from "../testing/conformance/index.ts";
import { nativeContext } from "./native-context.ts";
import { realContext } from "./real-context.ts";

const descriptors = (): number => readdirSync("/proc/self/fd").length;

function playThrough(): void {
  const pair = new Pair(realContext);
  for (let turn = 0; turn < 100 && !(pair.hasServer && pair.server.isEstablished); turn++) pair.settle();
  pair.client.close(1, "over");
  pair.settle();
  expect(pair.server.isClosed).toBe(true);
}

test("connections that have ended give their descriptors back, though V8 sees nothing of them", async () => {
  const before = descriptors();
  let most = 0;
  for (let i = 0; i < 2_000; i++) {
    playThrough();
    if (i % 50 > 0) continue;
    await nextTurn();
    most = Math.max(most, descriptors() - before);
  }
  expect(most).toBeLessThan(1_500);
}, 120_000);

const CLIENTS = 8_000;

/** The largest number of unreferenced connections that exist at a time. */
async function mostThere(context: ConformanceContext): Promise<number> {
  let collected = 0;
  let most = 0;
  const registry = new FinalizationRegistry(() => collected++);
  for (let i = 1; i <= CLIENTS; i++) {
    registry.register(new Pair(context).client, undefined);
    if (i % 20 > 0) continue;
    await nextTurn();
    most = Math.max(most, i - collected);
  }
  return most;
}

test.each([
  ["portable", () => realContext],
  ["native", () => nativeContext(1)],
])("the %s engine's connections are collected though V8 does not see what they hold", async (_name, contextOf) => {
  const context = contextOf();
  if (context === undefined) return;
  expect(await mostThere(context)).toBeLessThan(CLIENTS / 2);
});
