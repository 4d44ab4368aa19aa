import { describe, expect, test } from "vitest";
import { type Fact, type Signer, signPayload } from "../../src/fact.ts";
import type { CheckpointContent } from "../../src/log/checkpoint.ts";
import { CheckpointWatch } from "../../src/log/checkpoint-watch.ts";
import { factOf } from "../held.ts";
import { type TestKey, testKey } from "../keys.ts";
import { alpha, beta, gamma, MINUTE, NOW, record } from "../records.ts";
import { headAt, policy, policyRecord, proposal } from "./checkpoint-scene.ts";

/** A checkpoint with the signatures of these keys. */
function checkpoint(
  index: number,
  epoch: number,
  keys: readonly Signer[] = [alpha, beta],
  changes: Partial<CheckpointContent> = {},
): Fact {
  const { payload } = factOf(proposal(index, epoch, { issued: NOW + epoch * MINUTE, ...changes })).envelope;
  return factOf(signPayload(payload, keys));
}

test("the last two checkpoints are known, and how old the last one is", () => {
  const watch = new CheckpointWatch();
  expect([watch.last, watch.compactableBelow, watch.isStale(NOW)]).toEqual([undefined, 0, true]);
  expect(watch.handleCheckpoint(checkpoint(3, 1), policy)).toBe(undefined);
  expect(watch.last).toEqual({ index: 3, hash: headAt(3).hash, epoch: 1, issued: NOW + MINUTE });
  expect(watch.compactableBelow).toBe(0);
  expect(watch.handleCheckpoint(checkpoint(7, 2), policy)).toBe(undefined);
  expect(watch.compactableBelow).toBe(3);
  expect(watch.handleCheckpoint(checkpoint(7, 3), policy)).toBe(undefined);
  expect(watch.compactableBelow).toBe(7);
  expect([watch.isStale(NOW + 63 * MINUTE), watch.isStale(NOW + 63 * MINUTE + 1)]).toEqual([false, true]);
});

test("what is older, or goes backwards, is not used", () => {
  const watch = new CheckpointWatch();
  watch.handleCheckpoint(checkpoint(5, 4), policy);
  const last = { ...watch.last };
  expect(watch.handleCheckpoint(checkpoint(5, 4), policy)).toBe("older");
  expect(watch.handleCheckpoint(checkpoint(6, 3), policy)).toBe("older");
  expect(watch.handleCheckpoint(checkpoint(4, 5), policy)).toBe("backwards");
  expect(watch.last).toEqual(last);
  expect(() => watch.handleCheckpoint(policy, policy)).toThrow(RangeError);
  expect(() => watch.handleCheckpoint(checkpoint(6, 5), factOf(record({})))).toThrow(RangeError);
});

describe("a change of the signers", () => {
  const [delta, epsilon] = ["delta", "epsilon"].map(testKey) as [TestKey, TestKey];
  const next = factOf(policyRecord(8, [gamma, delta, epsilon]));
  const changed = { policy: 8 };

  test("needs more than half of the former ones, too, and once", () => {
    const watch = new CheckpointWatch();
    watch.handleCheckpoint(checkpoint(3, 1), policy);
    const take = (index: number, epoch: number, keys: readonly Signer[]): unknown =>
      watch.handleCheckpoint(checkpoint(index, epoch, keys, changed), next);
    expect(take(5, 2, [delta, epsilon])).toBe("handover");
    expect(take(5, 2, [gamma, delta, epsilon])).toBe("handover");
    expect(watch.last?.index).toBe(3);
    expect(take(5, 2, [alpha, gamma, delta])).toBe(undefined);
    expect(take(6, 3, [delta, epsilon])).toBe(undefined);
  });

  test("a former signature that is wrong does not count", () => {
    const watch = new CheckpointWatch();
    watch.handleCheckpoint(checkpoint(3, 1), policy);
    const forged: Signer = { keyId: alpha.keyId, sign: (octets) => delta.sign(octets) };
    expect(watch.handleCheckpoint(checkpoint(5, 2, [forged, beta, gamma], changed), next)).toBe("handover");
  });

  test("another policy with the same signers, in any order, is no change", () => {
    const watch = new CheckpointWatch();
    watch.handleCheckpoint(checkpoint(3, 1), policy);
    const same = factOf(policyRecord(8, [gamma, alpha, beta]));
    expect(watch.handleCheckpoint(checkpoint(5, 2, [beta, gamma], changed), same)).toBe(undefined);
  });
});
