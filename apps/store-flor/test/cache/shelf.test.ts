import * as fc from "fast-check";
import { expect, test } from "vitest";
import { mayWait } from "../../src/cache/may-wait.ts";
import { Shelf } from "../../src/cache/shelf.ts";

test("the least recently used package goes, and none that is read now", () => {
  const shelf = new Shelf(100);
  for (const path of ["a", "b", "c"]) {
    expect(shelf.take(path, 30)).toEqual({ going: [] });
    shelf.release(path);
  }
  shelf.use("a");
  shelf.release("a");
  shelf.use("b");
  expect(shelf.take("d", 30)).toEqual({ going: ["c"] });
  expect(shelf.take("e", 30)).toEqual({ going: ["a"] });
  expect(shelf.take("f", 30)).toBe("in-use");
  expect(shelf.take("g", 101)).toBe("too-large");
  shelf.release("b");
  expect(shelf.take("f", 30)).toEqual({ going: ["b"] });
});

test("a smaller budget is come to as soon as what is read is not read any more", () => {
  const shelf = new Shelf(100);
  shelf.take("a", 50);
  shelf.take("b", 50);
  shelf.release("a");
  expect(shelf.handleBudget(40)).toEqual(["a"]);
  expect(shelf.release("b")).toEqual(["b"]);
  expect(shelf.octets).toBe(0);
});

test("whatever is wished, kept and read, the budget is kept, and nothing goes that is read", () => {
  const path = fc.constantFrom("a", "b", "c", "d", "e");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("take"), path, octets: fc.nat(60) }),
    fc.record({ kind: fc.constant("use"), path, octets: fc.constant(0) }),
    fc.record({ kind: fc.constant("release"), path, octets: fc.constant(0) }),
    fc.record({ kind: fc.constant("found"), path, octets: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const shelf = new Shelf(100);
      const read = new Map<string, number>();
      for (const { kind, path, octets } of steps) {
        let going: readonly string[] = [];
        const users = read.get(path) ?? 0;
        if (kind === "take" && !shelf.use(path)) {
          const room = shelf.take(path, octets);
          if (typeof room !== "string") {
            ({ going } = room);
            read.set(path, 1);
          }
        } else if (kind === "take" || (kind === "use" && shelf.use(path))) read.set(path, users + 1);
        else if (kind === "found" && users === 0) going = shelf.handleFound(path, octets);
        else if (kind === "release" && users > 0) {
          read.set(path, users - 1);
          going = shelf.release(path);
        }
        for (const gone of going) expect(read.get(gone) ?? 0).toBe(0);
        expect(shelf.octets).toBeLessThanOrEqual(100);
      }
    }),
  );
});

test("no caches wait for each other in a circle", () => {
  expect(mayWait("update-cache.b", "update-store", undefined)).toBe(true);
  expect(mayWait("update-cache.b", undefined, undefined)).toBe(false);
  const names = fc.uniqueArray(fc.stringMatching(/^update-cache\.[a-z]{1,3}$/), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(names, (circle) => {
      // Each fetches from the one before it, which would have to let it wait.
      const waits = circle.map((own, at) => mayWait(own, circle.at(at - 1), circle[(at + 1) % circle.length]));
      expect(waits).toContain(false);
    }),
  );
});
