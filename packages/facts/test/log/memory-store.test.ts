import { describe } from "vitest";
import { storeConformance } from "./conformance.ts";
import { MemoryStore } from "./memory-store.ts";

describe("the store of tests keeps the contract", () => {
  const places = new Map<string, MemoryStore>();
  storeConformance(async (place) => {
    const store = places.get(place) ?? new MemoryStore();
    places.set(place, store);
    return store;
  });
});
