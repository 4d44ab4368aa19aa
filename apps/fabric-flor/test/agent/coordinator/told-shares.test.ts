import { describe, expect, test } from "vitest";
import { Shares } from "../../../src/agent/coordinator/shares.ts";

const HOUR = 3_600_000;
const START = 490_000 * HOUR;

function newShares(): Shares {
  return new Shares({ makeSecret: () => new Uint8Array(32).fill(7), used: () => new Set() });
}

describe("shares that are told of an hour", () => {
  test("are those of the hour and of the one before, and of no other one", () => {
    const shares = newShares();
    const first = shares.shareOf("acme", START);
    const second = shares.shareOf("acme", START + HOUR);
    shares.shareOf("other", START + HOUR);
    const told = shares.toldOf(490_001, START + 2 * HOUR);
    expect(told.map(([, name]) => name).toSorted()).toEqual(["acme", "acme", "other"]);
    expect(told).toContainEqual([first, "acme"]);
    expect(told).toContainEqual([second, "acme"]);
    expect(shares.toldOf(490_000, START + 2 * HOUR)).toEqual([[first, "acme"]]);
    expect(shares.toldOf(490_000, START + 5 * HOUR)).toEqual([]);
  });

  test("outlive a restart, within the hour and behind it", () => {
    const shares = newShares();
    const first = shares.shareOf("acme", START);
    const second = shares.shareOf("acme", START + HOUR);
    const text = shares.pollKept()!;
    const other = newShares();
    other.restore(text);
    expect(
      other
        .toldOf(490_001, START + 2 * HOUR)
        .map(([share]) => share)
        .toSorted((a, b) => a - b),
    ).toEqual([first, second].toSorted((a, b) => a - b));
  });

  test("name organizations that have one of the others' as well", () => {
    const shares = newShares();
    for (let at = 0; at < 70; at++) shares.shareOf(`org-${at}`, START);
    const told = shares.toldOf(490_000, START);
    expect(told).toHaveLength(70);
    expect(new Set(told.map(([share]) => share)).size).toBe(64);
  });

  test("of this hour are none of the last one's", () => {
    const shares = newShares();
    for (let hour = 0; hour < 20; hour++)
      for (let at = 0; at < 60; at++) shares.shareOf(`org-${at}`, START + hour * HOUR);
    for (let hour = 490_018; hour < 490_020; hour++) {
      const told = shares.toldOf(hour, START + 19 * HOUR);
      expect(new Set(told.map(([share]) => share)).size).toBe(told.length);
    }
  });
});
