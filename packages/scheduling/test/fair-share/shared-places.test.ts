import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlaceHolder, FairQueue, SharedPlaces } from "../../src/index.ts";

interface Holder extends PlaceHolder {
  readonly name: string;
}

/** Takes places, and remembers who has one. */
class Room {
  readonly places: SharedPlaces<Holder>;
  readonly here = new Set<Holder>();
  readonly gone: string[] = [];
  #next = 0;

  constructor(capacity: number) {
    this.places = new SharedPlaces(capacity);
  }

  enter(...groups: string[]): boolean {
    const holder = { name: `${groups.join("/")} ${this.#next++}`, groups };
    const result = this.places.take(holder);
    if (result === "full") return false;
    this.here.add(holder);
    if (result === "free") return true;
    expect(this.here.delete(result)).toBe(true);
    this.gone.push(result.name);
    return true;
  }

  leave(holder: Holder): void {
    this.here.delete(holder);
    this.places.release(holder);
  }

  /** How many places a group has. */
  count(...groups: string[]): number {
    return [...this.here].filter((holder) => groups.every((name, depth) => holder.groups[depth] === name)).length;
  }
}

test("one alone has all places, two share them, and the newest of the first goes", () => {
  const room = new Room(10);
  for (let i = 0; i < 10; i++) expect(room.enter("a")).toBe(true);
  expect(room.enter("a")).toBe(false);
  for (let i = 0; i < 5; i++) expect(room.enter("b")).toBe(true);
  expect(room.gone).toEqual(["a 9", "a 8", "a 7", "a 6", "a 5"]);
  for (const name of ["a", "b"]) expect(room.enter(name)).toBe(false);
  expect([room.count("a"), room.count("b")]).toEqual([5, 5]);
});

test("a place that is given back is for whoever comes first", () => {
  const room = new Room(2);
  expect([room.enter("a"), room.enter("b")]).toEqual([true, true]);
  const [first] = room.here;
  room.leave(first!);
  room.places.release(first!);
  expect(room.places.taken).toBe(1);
  expect([room.enter("b"), room.enter("b"), room.enter("a"), room.enter("a")]).toEqual([true, false, true, false]);
  expect(room.gone).toEqual(["b 2"]);
});

test("groups within a group share what it has", () => {
  const room = new Room(12);
  for (let i = 0; i < 12; i++) room.enter("a", "one");
  for (let i = 0; i < 6; i++) expect(room.enter("b", "one")).toBe(true);
  for (let i = 0; i < 3; i++) expect(room.enter("a", "two")).toBe(true);
  expect(room.enter("a", "two")).toBe(false);
  expect([room.count("a", "one"), room.count("a", "two"), room.count("b")]).toEqual([3, 3, 6]);
});

test("where there are no places nobody has one", () => {
  expect(new Room(0).enter("a")).toBe(false);
});

test("with more groups than places nobody goes for anybody", () => {
  const room = new Room(3);
  for (const name of ["a", "b", "c"]) expect(room.enter(name)).toBe(true);
  expect(room.enter("d")).toBe(false);
  expect(room.gone).toEqual([]);
});

test("whoever comes and goes: places are never exceeded, and who is refused has as many as anybody", () => {
  const step = fc.record({
    group: fc.constantFrom("a", "b", "c"),
    within: fc.constantFrom("one", "two"),
    leaves: fc.nat(3),
    which: fc.nat(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 300 }), (capacity, steps) => {
      const room = new Room(capacity);
      for (const { group, within, leaves, which } of steps) {
        if (leaves === 0 && room.here.size > 0) room.leave([...room.here][which % room.here.size]!);
        const isIn = room.enter(group, within);
        expect(room.places.taken).toBe(room.here.size);
        expect(room.here.size).toBeLessThanOrEqual(capacity);
        if (isIn) continue;
        for (const other of ["a", "b", "c"]) expect(room.count(group) + 1).toBeGreaterThanOrEqual(room.count(other));
        for (const other of ["one", "two"])
          expect(room.count(group, within) + 1).toBeGreaterThanOrEqual(room.count(group, other));
      }
    }),
  );
});

describe("what waits in groups", () => {
  test("takes turns", () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < 4; i++) queue.push("a", i);
    for (let i = 10; i < 12; i++) queue.push("b", i);
    expect(queue.first).toBe(0);
    const order = Array.from({ length: 7 }, () => queue.shift());
    expect(order).toEqual([0, 10, 1, 11, 2, 3, undefined]);
  });

  test("may leave before its turn", () => {
    const queue = new FairQueue<number>();
    queue.push("a", 1);
    queue.push("a", 2);
    expect([queue.delete("b", 1), queue.delete("a", 1), queue.delete("a", 1)]).toEqual([false, true, false]);
    expect([queue.size, queue.shift(), queue.size, queue.first]).toEqual([1, 2, 0, undefined]);
  });
});
