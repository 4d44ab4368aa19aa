import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isInStage, STAGE_MAX } from "../src/stage.ts";

test.each<[string, string, string, number]>([
  ["stable", "0.1.0", "a", 7_947],
  ["stable", "0.1.0", "b", 5_361],
  ["stable", "0.1.1", "a", 5_967],
  ["beta", "0.1.0", "a", 7_694],
])("channel %s, version %s: node %s takes it above stage %d", (channel, version, node, stage) => {
  expect(isInStage(channel, version, node, stage)).toBe(false);
  expect(isInStage(channel, version, node, stage + 1)).toBe(true);
});

test("stage 0 is for nobody, the highest for all, and who takes a release goes on taking it", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(STAGE_MAX), fc.nat(STAGE_MAX), (node, a, b) => {
      const isIn = (stage: number): boolean => isInStage("stable", "1.0", node, stage);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      return !isIn(0) && isIn(STAGE_MAX) && (!isIn(low) || isIn(high));
    }),
  );
});

test("a stage of a tenth has about a tenth of the nodes", () => {
  const nodes = Array.from({ length: 10_000 }, (_, at) => `node-${at}`);
  const count = nodes.filter((node) => isInStage("stable", "1.0", node, 1_000)).length;
  expect(count).toBeGreaterThan(850);
  expect(count).toBeLessThan(1_150);
});
