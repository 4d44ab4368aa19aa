import { describe, expect, test } from "vitest";
import { HeldQuestions } from "../src/issuer/held-questions.ts";
import { HELD_MAX, HELD_MS } from "../src/issuer/limits.ts";

describe("questions for lists", () => {
  test("wait, one of each key, until there are others or they have waited for long enough", () => {
    const held = new HeldQuestions<string>();
    expect(held.hold("alice", "first", 0)).toEqual([]);
    expect(held.hold("bob", "other", 10)).toEqual([]);
    expect(held.hold("alice", "second", 20)).toEqual(["first"]);
    expect(held.takeDue(HELD_MS + 9)).toEqual([]);
    expect(held.takeDue(HELD_MS + 10)).toEqual(["other"]);
    expect(held.takeAll()).toEqual(["second"]);
    expect(held.takeAll()).toEqual([]);
  });

  test("are forgotten with their connection, and a later one of the same key is not", () => {
    const held = new HeldQuestions<string>();
    held.hold("alice", "first", 0);
    held.hold("alice", "second", 1);
    held.forget("alice", "first");
    expect(held.takeAll()).toEqual(["second"]);
    held.hold("alice", "third", 2);
    held.forget("alice", "third");
    expect(held.takeAll()).toEqual([]);
  });

  test("are answered at once where no more can be held, and not those that wait", () => {
    const held = new HeldQuestions<number>();
    for (let key = 0; key < HELD_MAX; key++) expect(held.hold(`${key}`, key, 0)).toEqual([]);
    expect(held.hold("one more", HELD_MAX, 0)).toEqual([HELD_MAX]);
    expect(held.hold("0", -1, 1)).toEqual([0]);
    expect(held.takeAll()).toHaveLength(HELD_MAX);
  });
});
