import { describe } from "vitest";
import { storeConformance } from "./conformance.ts";
import { MemoryStore } from "./memory-store.ts";

describe("the store of tests keeps the contract", () => {
  const logs = new Map<string, MemoryStore>();
  storeConformance(async (name) => {
    const store = logs.get(name) ?? new MemoryStore(name);
    logs.set(name, store);
    return store;
  });
});
