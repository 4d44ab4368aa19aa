import { describe, expect, test } from "vitest";
import { type IssueEvent, LeaseIssue, pairKey } from "../src/lease-issue.ts";
import { ISSUE_MS, PATIENCE_MS } from "../src/limits.ts";
import type { PlannedRoute } from "../src/plan.ts";

/** A route over some relays, at each of which it joins the links 16 and 17. */
function over(...relays: string[]): PlannedRoute {
  const route = { link: 16, labels: [900], via: [...relays, "h"], mtu: 1_400, cost: 1, why: [] };
  return { route, pairs: relays.map((relay) => ({ relay, scope: "cluster", from: 16, to: 17 })) };
}

const NOTHING: ReadonlySet<string> = new Set();

/** Events in a line each, with the nodes of each route. */
function toldBy(issue: LeaseIssue): string[] {
  const told: string[] = [];
  for (let event = issue.pollEvent(); event !== undefined; event = issue.pollEvent()) told.push(textOf(event));
  return told;
}

function textOf(event: IssueEvent): string {
  if (event.kind === "ask") return `ask ${event.relay}`;
  if (event.kind === "failed") return `failed ${event.avoid.map(({ relay, why }) => `${relay}:${why}`).join(" ")}`;
  return `release ${event.routes.map(({ route }) => route.via.join("-")).join(" ")}`;
}

/** An issue whose relays have been sent permits of the epoch 5. */
function asked(...routes: PlannedRoute[]): LeaseIssue {
  const issue = new LeaseIssue(routes, 0);
  toldBy(issue);
  for (const relay of issue.waitsFor) issue.handleSent(relay, 5);
  return issue;
}

test("a lease leaves once all relays have acknowledged their permits, and not before", () => {
  const issue = new LeaseIssue([over("a", "b"), over("c")], 0);
  expect(toldBy(issue)).toEqual(["ask a", "ask b", "ask c"]);
  for (const relay of ["a", "b", "c"]) issue.handleSent(relay, 5);
  issue.handleAcknowledged("a", 5, NOTHING, 10);
  issue.handleAcknowledged("b", 6, NOTHING, 10);
  expect([toldBy(issue), issue.waitsFor, issue.isOver]).toEqual([[], ["c"], false]);
  issue.handleAcknowledged("c", 5, NOTHING, 10);
  expect([toldBy(issue), issue.isOver, issue.nextTimeout(10)]).toEqual([["release a-b-h c-h"], true, Infinity]);
});

test("a lease to a neighbour leaves at once", () => {
  expect(toldBy(new LeaseIssue([over()], 0))).toEqual(["release h"]);
});

test("an acknowledgement of earlier permits, or before any were sent, says nothing", () => {
  const issue = new LeaseIssue([over("a")], 0);
  issue.handleAcknowledged("a", 9, NOTHING, 1);
  issue.handleSent("a", 5);
  issue.handleAcknowledged("a", 4, NOTHING, 1);
  issue.handleAcknowledged("x", 5, NOTHING, 1);
  expect(issue.waitsFor).toEqual(["a"]);
});

test("a relay that refuses costs the lease its routes, and no others", () => {
  const issue = asked(over("a"), over("b"), over("b", "c"));
  issue.handleRefused("b", 5, 1);
  issue.handleAcknowledged("a", 5, NOTHING, 1);
  issue.handleAcknowledged("c", 5, NOTHING, 1);
  expect(toldBy(issue)).toEqual(["release a-h"]);
});

test("so does one that leaves out the pair", () => {
  const issue = asked(over("a"), over("b"));
  issue.handleAcknowledged("a", 5, new Set([pairKey(17, 16)]), 1);
  issue.handleAcknowledged("b", 5, new Set([pairKey(16, 18)]), 1);
  expect(toldBy(issue)).toEqual(["release b-h"]);
});

test("a relay that is silent is waited for a while, where another route is ready", () => {
  const issue = asked(over("a"), over("b"));
  issue.handleAcknowledged("b", 5, NOTHING, 1);
  expect(issue.nextTimeout(1)).toBe(PATIENCE_MS);
  issue.handleTimeout(PATIENCE_MS - 1);
  expect(toldBy(issue)).toEqual([]);
  issue.handleTimeout(PATIENCE_MS);
  expect([toldBy(issue), issue.isOver, issue.waitsFor]).toEqual([["release b-h"], false, ["a"]]);
});

describe("a relay that answers after the lease has left", () => {
  const left = (): LeaseIssue => {
    const issue = asked(over("a"), over("b"), over("c"));
    issue.handleAcknowledged("b", 5, NOTHING, 1);
    issue.handleTimeout(PATIENCE_MS);
    expect(toldBy(issue)).toEqual(["release b-h"]);
    return issue;
  };

  test("adds its routes behind those that are leased", () => {
    const issue = left();
    issue.handleAcknowledged("c", 5, NOTHING, PATIENCE_MS + 1);
    expect([toldBy(issue), issue.isOver]).toEqual([["release b-h c-h"], false]);
    issue.handleAcknowledged("a", 5, NOTHING, PATIENCE_MS + 2);
    expect([toldBy(issue), issue.isOver]).toEqual([["release b-h c-h a-h"], true]);
  });

  test("adds nothing where it refuses, or leaves the pair out", () => {
    const issue = left();
    issue.handleRefused("c", 5, PATIENCE_MS + 1);
    issue.handleAcknowledged("a", 5, new Set([pairKey(16, 17)]), PATIENCE_MS + 2);
    expect([toldBy(issue), issue.isOver]).toEqual([[], true]);
  });

  test("adds nothing when it comes too late, or another lease takes the place of this one", () => {
    const late = left();
    expect(late.nextTimeout(PATIENCE_MS)).toBe(ISSUE_MS);
    late.handleTimeout(ISSUE_MS);
    const replaced = left();
    replaced.giveUp();
    for (const issue of [late, replaced]) {
      issue.handleAcknowledged("a", 5, NOTHING, ISSUE_MS + 1);
      expect([toldBy(issue), issue.isOver, issue.released.length]).toEqual([[], true, 1]);
    }
  });
});

test("the first route that is ready behind that is released at once", () => {
  const issue = asked(over("a"), over("b"));
  issue.handleTimeout(PATIENCE_MS);
  expect([toldBy(issue), issue.nextTimeout(PATIENCE_MS)]).toEqual([[], ISSUE_MS]);
  issue.handleAcknowledged("b", 5, NOTHING, PATIENCE_MS + 1);
  expect(toldBy(issue)).toEqual(["release b-h"]);
});

test("where none is ready, another lease is composed around those who refused, left out, or were silent", () => {
  const refused = asked(over("a"), over("b"));
  refused.handleRefused("a", 5, 1);
  refused.handleAcknowledged("b", 5, new Set([pairKey(16, 17)]), 1);
  expect(toldBy(refused)).toEqual(["failed a:refused b:left-out"]);
  const silent = asked(over("a", "b"));
  silent.handleAcknowledged("a", 5, NOTHING, 1);
  silent.handleTimeout(ISSUE_MS - 1);
  expect(toldBy(silent)).toEqual([]);
  silent.handleTimeout(ISSUE_MS);
  expect([toldBy(silent), silent.isOver]).toEqual([["failed b:silent"], true]);
});
