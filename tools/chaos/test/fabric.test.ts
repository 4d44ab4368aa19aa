import { assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { FABRIC_DECK } from "../src/fabric/fabric-deck.ts";
import { recoveriesOf, recoveryLines } from "../src/fabric/switches.ts";
import { FABRIC_FAULT_KINDS, type Fault } from "../src/fault.ts";
import { Witness } from "../src/ledger.ts";
import { endOf, schedule } from "../src/schedule.ts";
import { mayEnd } from "../src/verdict.ts";

const COUNT = 120;
const seeds = integer({ min: 1, max: 999_999_999 });

function take(seed: number): Fault[] {
  const faults = schedule(seed, FABRIC_FAULT_KINDS, FABRIC_DECK);
  return Array.from({ length: COUNT }, () => faults.next().value);
}

describe("faults of twelve nodes", () => {
  test("strike no node that has programs of users, or servers whose streams must live", () => {
    assert(
      property(seeds, (seed) => {
        for (const { target } of take(seed)) if ("node" in target) expect(["a", "b", "x"]).not.toContain(target.node);
      }),
    );
  });

  test("strike no node twice at once, and let all agents die alone", () => {
    const nodesOf = ({ target }: Fault): readonly string[] =>
      target.on === "agents" ? target.nodes : "node" in target ? [target.node] : [];
    assert(
      property(seeds, (seed) => {
        const faults = take(seed);
        for (const [at, one] of faults.entries()) {
          for (const other of faults.slice(at + 1).filter(({ atMs }) => atMs < endOf(one))) {
            expect([one.kind, other.kind]).not.toContain("agents");
            const both = [one, other].filter(({ target }) => target.on !== "process");
            if (both.length === 2) for (const node of nodesOf(one)) expect(nodesOf(other)).not.toContain(node);
          }
        }
      }),
    );
  });

  test("end connections of the host that died, and of nobody else", () => {
    const target = { on: "node", node: "y" } as const;
    const fault: Fault = { number: 1, kind: "host", atMs: 0, forMs: 100, ways: ["leased"], isAlone: false, target };
    const episode = { fault, beganAt: 100, mendedAt: 200, recoveredAt: 300 };
    const loss = { from: 50, to: 150, text: "" };
    expect(mayEnd(loss, ["a", "x", "y"], [episode])).toBe(true);
    expect(mayEnd(loss, ["a", "x"], [episode])).toBe(false);
    expect(mayEnd(loss, ["a", "x", "y"], [{ ...episode, fault: { ...fault, kind: "relay" } }])).toBe(false);
  });
});

test("recoveries are told by reason, the most frequent first", () => {
  const times = Array.from({ length: 100 }, (_, at) => ({ reason: "timeout", recoveryMs: 100 - at }));
  const recoveries = recoveriesOf([{ reason: "no_route", recoveryMs: 7 }, ...times]);
  expect(recoveries).toEqual([
    { reason: "timeout", count: 100, p50: 50, p95: 95, p99: 99, longest: 100 },
    { reason: "no_route", count: 1, p50: 7, p95: 7, p99: 7, longest: 7 },
  ]);
  expect(recoveryLines(recoveries)[1]).toMatch(/^no_route +1 switches; recovered in 7 ms \(p50\)/);
});

test("the longest pause of a workload is between two signs of one connection", () => {
  const witness = new Witness("lines");
  for (const at of [100, 150, undefined, 900, 930]) witness.moved(at);
  expect(witness.observations.longestGapMs).toBe(50);
  witness.gap(70);
  expect(witness.observations.longestGapMs).toBe(70);
});
