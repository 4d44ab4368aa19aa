import { describe, expect, test } from "vitest";
import { LeaderTable, type LeaderVote, type VoteStanding } from "../../../src/agent/leaders/leader-table.ts";

const SLOT = "cluster web";
const vote = (epoch: number, host: string, issuer = "a"): LeaderVote => ({
  slot: SLOT,
  epoch,
  host,
  issuer,
  issued: epoch,
});

function start(needed = 1) {
  const standings: Record<string, VoteStanding> = { a: "listed", b: "listed", c: "listed", evil: "refused" };
  const table = new LeaderTable(
    ({ issuer }) => standings[issuer] ?? "unknown",
    () => needed,
  );
  const leader = (): string => {
    const found = table.leaderOf(SLOT);
    return found === undefined ? "" : `${found.host} ${found.epoch} ${found.since}${found.isFirst ? " first" : ""}`;
  };
  return { table, standings, leader };
}

describe("the table of leaders", () => {
  test("an entry names the leader, and a later one another", () => {
    const { table, leader } = start();
    expect(table.handleVote(vote(1, "x"), 10)).toBe(true);
    expect(leader()).toBe("x 1 10 first");
    expect(table.handleVote(vote(2, "y", "b"), 20)).toBe(true);
    expect(leader()).toBe("y 2 20");
    expect([table.handleVote(vote(2, "x"), 30), table.handleVote(vote(1, "x"), 30)]).toEqual([false, false]);
    expect(leader()).toBe("y 2 20");
  });

  test("a leader that is named again has not begun anew", () => {
    const { table, leader } = start();
    table.handleVote(vote(1, "x"), 10);
    expect([table.handleVote(vote(2, "x"), 20), table.leaderOf(SLOT)?.issued]).toEqual([true, 2]);
    expect(leader()).toBe("x 2 10 first");
  });

  test("a vote of nobody who may vote changes nothing; one of somebody unknown stops all until that is known", () => {
    const { table, standings, leader } = start();
    table.handleVote(vote(1, "x"), 10);
    table.handleVote(vote(2, "y", "evil"), 20);
    expect([leader(), table.isDisputed(SLOT)]).toEqual(["x 1 10 first", false]);
    table.handleVote(vote(2, "y", "new"), 30);
    expect([leader(), table.isDisputed(SLOT)]).toEqual(["x 1 10 first", true]);
    standings["new"] = "listed";
    table.review(40);
    expect([leader(), table.isDisputed(SLOT)]).toEqual(["y 2 40", false]);
  });

  test("a host that somebody named whose vote does not count keeps the next leader from beginning at once", () => {
    const { table, leader } = start();
    table.handleVote(vote(1, "x", "evil"), 10);
    expect(table.nextEpoch(SLOT)).toBe(2);
    table.handleVote(vote(2, "y"), 20);
    expect(leader()).toBe("y 2 20");
    table.handleVote(vote(3, "x", "evil"), 30);
    table.handleVote(vote(4, "y"), 40);
    expect(leader()).toBe("y 4 40");
    table.handleVote(vote(5, "y"), 50);
    expect(leader()).toBe("y 5 40");
  });

  test("nobody uses up all epochs", () => {
    const { table, leader } = start();
    expect(table.handleVote(vote(2 ** 53 - 1, "x"), 10)).toBe(false);
    expect([leader(), table.nextEpoch(SLOT)]).toEqual(["", 1]);
  });

  test("a majority has to name one host in one epoch", () => {
    const { table, leader } = start(2);
    table.handleVote(vote(1, "x", "a"), 10);
    table.handleVote(vote(1, "x", "a"), 11);
    table.handleVote(vote(1, "y", "b"), 12);
    table.handleVote(vote(2, "x", "b"), 13);
    expect([leader(), table.openVote(SLOT)?.host, table.hasVoted(SLOT, 2, "b")]).toEqual(["", "x", true]);
    table.handleVote(vote(2, "x", "c"), 14);
    expect([leader(), table.openVote(SLOT)]).toEqual(["x 2 14 first", undefined]);
    table.handleVote(vote(3, "z", "new"), 15);
    expect(table.isDisputed(SLOT)).toBe(false);
  });
});
