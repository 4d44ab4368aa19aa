import { expect, test } from "vitest";
import { FullHosts } from "../../../src/agent/plan/full-hosts.ts";

const NOW = 1_000_000;

test("a host that has just said that it is full counts as full for ten seconds, and is free at once where that was long ago", () => {
  const hosts = new FullHosts();
  expect(hosts.isFull("web b", undefined, NOW)).toBe(false);
  expect(hosts.isFull("web b", "one", NOW)).toBe(true);
  expect(hosts.nextTimeout(NOW)).toBe(Number.POSITIVE_INFINITY);
  expect(hosts.isFull("web b", undefined, NOW + 1_000)).toBe(true);
  expect(hosts.nextTimeout(NOW + 1_000)).toBe(NOW + 10_000);
  expect(hosts.isFull("web b", undefined, NOW + 10_000)).toBe(false);
  expect(hosts.nextTimeout(NOW + 10_000)).toBe(Number.POSITIVE_INFINITY);

  expect(hosts.isFull("web b", "two", NOW + 20_000)).toBe(true);
  expect(hosts.isFull("web b", "two", NOW + 40_000)).toBe(true);
  expect(hosts.isFull("web b", undefined, NOW + 40_001)).toBe(false);
});

test("a host that says one and the other by turns is full all the time, and a word of one service says nothing of another", () => {
  const hosts = new FullHosts();
  for (let turn = 0; turn < 100; turn++) {
    const word = turn % 2 === 0 ? `word ${turn}` : undefined;
    expect(hosts.isFull("web b", word, NOW + 4_000 * turn)).toBe(true);
    expect(hosts.isFull("api b", undefined, NOW + 4_000 * turn)).toBe(false);
  }
});

test("this node's own program has to be up for ten seconds, however long it was down", () => {
  const hosts = new FullHosts();
  for (const now of [NOW, NOW + 60_000]) expect(hosts.isFull("web a", "", now)).toBe(true);
  for (const ms of [70_000, 79_999]) expect(hosts.isFull("web a", undefined, NOW + ms)).toBe(true);
  expect(hosts.isFull("web a", undefined, NOW + 80_000)).toBe(false);
});

test("a clock that is put back has it last for ten seconds more at the most", () => {
  const hosts = new FullHosts();
  for (const word of ["one", undefined]) expect(hosts.isFull("web b", word, NOW)).toBe(true);
  expect(hosts.isFull("web b", undefined, NOW - 900_000)).toBe(true);
  expect(hosts.nextTimeout(NOW - 900_000)).toBe(NOW - 890_000);
  expect(hosts.isFull("web b", undefined, NOW - 890_000)).toBe(false);
});

test("hosts that nothing is wanted of are forgotten", () => {
  const hosts = new FullHosts();
  for (const key of ["web b", "web c"]) for (const word of ["one", undefined]) hosts.isFull(key, word, NOW);
  hosts.keep(new Set(["web c"]));
  expect(["web b", "web c"].map((key) => hosts.isFull(key, undefined, NOW + 1))).toEqual([false, true]);
});
