import * as fc from "fast-check";
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { contentHash, type Entry, majorityOf } from "../../src/index.ts";
import type { MemoryFleet } from "../../src/testing/index.ts";
import { ALICE, ask, fleetOf, goneOf, liveOf, outcome } from "./kit.ts";

const NODES = "abcde";
const nodes = fc.subarray([...NODES]);
const name = fc.constantFrom("x", "y");

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), name, reached: nodes, written: nodes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("cut" as const), apart: nodes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const), node: fc.constantFrom(...NODES) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("minutes" as const), count: fc.integer({ min: 1, max: 14 }) }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** What may be under a name at the end: the last that was acknowledged, and whatever was tried since. */
type May = Map<string, Set<string>>;

/** A writer that reaches some, writes what follows from what they have, and may die before all have it. */
async function write(
  fleet: MemoryFleet,
  { name: of, reached, written }: Command & { kind: "write" },
  may: May,
): Promise<void> {
  const there = reached.filter((node) => fleet.nodes.includes(node));
  if (there.length < majorityOf(fleet.nodes.length)) return;
  const found = await Promise.all(there.map(async (node) => ask(fleet, node, ALICE, { op: "get-entry", name: of })));
  const newest = found.map(({ entry }) => entry).toSorted((a, b) => rankOf(b) - rankOf(a))[0];
  const turn = (newest?.turn ?? 0) + 1;
  const isLive = newest !== null && newest !== undefined && !newest.isGone;
  const entry = isLive ? goneOf(of, turn) : liveOf(of, `${of} ${fleet.now} ${written.join("")}`, turn);
  const targets = there.filter((node) => written.includes(node));
  const done = await Promise.all(targets.map((node) => outcome(ask(fleet, node, ALICE, { op: "put-entry", entry }))));
  const isAcknowledged = done.filter((code) => code === "done").length >= majorityOf(fleet.nodes.length);
  const before = isAcknowledged ? [] : (may.get(of) ?? [contentHash(goneOf(of, 1))]);
  may.set(of, new Set([...before, contentHash(entry)]));
}

function rankOf(entry: Entry | null): number {
  return entry === null ? 0 : entry.turn * 2 + Number(entry.isGone);
}

async function play(fleet: MemoryFleet, commands: readonly Command[]): Promise<May> {
  const may: May = new Map();
  for (const each of commands) {
    fleet.now++;
    if (each.kind === "write") await write(fleet, each, may);
    else if (each.kind === "minutes") await fleet.minutes(each.count);
    else if (each.kind === "restart") {
      if (fleet.nodes.includes(each.node)) fleet.restart(each.node);
    } else {
      fleet.cuts.clear();
      for (const one of each.apart) {
        for (const other of NODES) if (!each.apart.includes(other)) fleet.cuts.add(`${one} ${other}`);
      }
    }
  }
  return may;
}

test.each([3, 4, 5])(
  "%i holders come to the same, and to what was acknowledged",
  { timeout: 300_000 },
  async (count) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 24 }), async (commands) => {
        const fleet = fleetOf(NODES.slice(0, count), { copies: 2 });
        const may = await play(fleet, commands);
        fleet.cuts.clear();
        await fleet.minutes(60);
        for (const [of, allowed] of may) {
          const entries = fleet.nodes.map((node) => fleet.member(node).book.get(of));
          const contents = new Set(entries.map((entry) => contentHash(entry ?? goneOf(of, 1))));
          expect([...contents]).toHaveLength(1);
          expect([...allowed]).toEqual(expect.arrayContaining([...contents]));
        }
      }),
      { numRuns: runs(2_000, 60) },
    );
  },
);
