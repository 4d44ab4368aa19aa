import { assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Episode } from "../src/chronicle.ts";
import { type Fault, VPN_FAULT_KINDS } from "../src/fault.ts";
import { endOf, schedule } from "../src/schedule.ts";
import { VPN_DECK } from "../src/vpn/vpn-deck.ts";
import { judgeLeaks, judgeOutages, judgeResets } from "../src/vpn/vpn-verdict.ts";

const COUNT = 60;
const seeds = integer({ min: 1, max: 999_999_999 });

describe("faults of a VPN", () => {
  test("go on one at a time, and come once each at first", () => {
    assert(
      property(seeds, (seed) => {
        const faults = schedule(seed, VPN_FAULT_KINDS, VPN_DECK);
        const taken: Fault[] = Array.from({ length: COUNT }, () => faults.next().value);
        for (const [at, fault] of taken.slice(1).entries()) expect(fault.atMs).toBeGreaterThan(endOf(taken[at]!));
        const first = taken.slice(0, VPN_FAULT_KINDS.length).map(({ kind }) => kind);
        expect(first.toSorted()).toEqual([...VPN_FAULT_KINDS].toSorted());
      }),
    );
  });
});

describe("the verdict on a VPN", () => {
  const episode = (kind: Fault["kind"], beganAt: number, recoveredAt: number): Episode => {
    const fault = { number: 1, kind, atMs: 0, forMs: 1, ways: [], isAlone: true } as const;
    return { fault: { ...fault, target: { on: "node", node: "x" } }, beganAt, mendedAt: beganAt + 1, recoveredAt };
  };

  test.each([
    [0, 0],
    [1, 1],
    [Number.NaN, 1],
  ])("%d packets outside are %d findings", (packets, findings) => {
    expect(judgeLeaks(packets).findings).toHaveLength(findings);
  });

  test.each([
    ["in time", [1_000], { from: 0, to: 3_900 }, 0],
    ["too late", [1_000], { from: 0, to: 4_100 }, 1],
    ["behind the last takeover", [1_000, 4_000], { from: 0, to: 4_100 }, 0],
    ["before any takeover", [1_000], { from: 0, to: 900 }, 0],
    ["late, and was begun behind the takeover", [1_000], { from: 1_100, to: 9_000 }, 0],
    ["as late as TCP sends again", [9_000], { from: 0, heardAt: 1_000, to: 17_900 }, 0],
    ["later than TCP sends again", [9_000], { from: 0, heardAt: 1_000, to: 18_100 }, 1],
  ])("a connection that ends %s", (_, takeovers, loss, findings) => {
    expect(judgeResets("p", [{ text: "", ...loss }], takeovers, []).findings).toHaveLength(findings);
  });

  test("an outage counts from the fault on, and is none where all was answered", () => {
    const episodes = [episode("exit", 1_000, 5_000), episode("exit", 20_000, 25_000), episode("gate", 30_000, 35_000)];
    const judged = judgeOutages([{ from: 800, to: 2_500 }], episodes);
    expect(judged.map(({ name, figures }) => `${name}: ${figures}`)).toEqual([
      "outage: exit: 2 times; no answer of the world for 1500 ms (median), 1500 ms at most",
      "outage: gate: 1 times; no answer of the world for 0 ms (median), 0 ms at most",
    ]);
  });

  test("a silent world is left within 12 s, and no other fault is held to that", () => {
    const pauses = [{ from: 0, to: 12_100 }];
    const findings = (kind: Fault["kind"]): number =>
      judgeOutages(pauses, [episode(kind, 0, 20_000)])[0]!.findings.length;
    expect([findings("uplink"), findings("exit-node")]).toEqual([1, 0]);
  });
});
