import { expect, test } from "vitest";
import { ownLoads, workloadLoads } from "../../src/transport/own-loads.ts";

const limits = { memoryMax: 1_000, acceptedMax: 10, halfOpenMax: 30, halfOpenKnownMax: 10 };

test.each([
  [{ held: 0, filesTaken: 0, total: 0 }, 0, { memory: 0, files: 0, connections: 0, handshakes: 0 }],
  [{ held: 900, filesTaken: 0.5, total: 10 }, 7, { memory: 0.9, files: 0.5, connections: 0.7, handshakes: 0.25 }],
  [{ held: 2_000, filesTaken: 1, total: 40 }, 10, { memory: 2, files: 1, connections: 1, handshakes: 1 }],
])("with %o and %i connections accepted the loads are %o", ({ held, filesTaken, total }, accepted, loads) => {
  const decided = ownLoads({ limits, halfOpen: { total } }, accepted);
  expect({ ...decided, ...workloadLoads({ limits, budget: { held }, local: { filesTaken } }) }).toEqual(loads);
});
