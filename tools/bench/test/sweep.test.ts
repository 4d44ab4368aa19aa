import { describe, expect, it } from "vitest";
import { ownerOf, ownName } from "../src/sweep.ts";

describe("whose a namespace or a folder is", () => {
  it("is told by its name", () => {
    expect(ownerOf(ownName("nebula-a"))).toBe(process.pid);
  });

  it.each(["flor-28168-1-b", "flor-bench-AbC123", "flor-bench-123456", "flor-bench-12a-x", "x-flor-bench-1-x"])(
    "is nobody's of the bench: %s",
    (name) => {
      expect(ownerOf(name)).toBeUndefined();
    },
  );
});
