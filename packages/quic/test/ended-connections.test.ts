import { readdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Pair } from "../src/conformance/index.ts";
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
