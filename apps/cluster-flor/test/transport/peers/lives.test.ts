import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import type { Hello } from "../../../src/transport/messages.ts";
import { Lives } from "../../../src/transport/peers/lives.ts";

const { reliable } = TrafficClass;
const life = (token: string, startedAt: number, id = "00"): Hello => {
  return { vertex: "v", startedAt, id, token, trafficClass: reliable, isUncut: false, quietSeconds: 0 };
};

test("a later life ends the connections of the one before, and of no other", () => {
  const lives = new Lives<string>();
  expect(lives.admit("user/alice", life("a", 1), "a1")).toEqual([]);
  expect(lives.admit("user/alice", life("a", 1), "a2")).toEqual([]);
  expect(lives.admit("user/alice", life("b", 1), "b1")).toEqual([]);
  expect(lives.admit("user/bob", life("a", 1), "bob")).toEqual([]);
  expect(lives.admit("user/alice", life("a", 2), "a3")).toEqual(["a1", "a2"]);
  expect(lives.admit("user/alice", life("b", 2), "b2")).toEqual(["b1"]);
});

test("an earlier life that comes late is the one that is ended", () => {
  const lives = new Lives<string>();
  lives.admit("user/alice", life("a", 2), "new");
  expect(lives.admit("user/alice", life("a", 1), "old")).toBeUndefined();
  expect(lives.admit("user/alice", life("a", 2, "01"), "twin")).toEqual(["new"]);
});

test("a life without connections is forgotten, so that a clock that was set back does no harm for long", () => {
  const lives = new Lives<string>();
  lives.admit("user/alice", life("a", 9), "one");
  lives.remove("user/alice", life("a", 9), "one");
  expect(lives.admit("user/alice", life("a", 1), "two")).toEqual([]);
});
