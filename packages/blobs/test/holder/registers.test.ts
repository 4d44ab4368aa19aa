import * as fc from "fast-check";
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { contentHash, type Entry, majorityOf } from "../../src/index.ts";
import type { MemoryFleet } from "../../src/testing/index.ts";
import { ALICE, ask, fleetOf, goneOf, liveOf, outcome } from "./kit.ts";

const NODES = "abcde";
const nodes = fc.subarray(NODES.split(""));
const name = fc.constantFrom("x", "y");

/** Whether content is put that a name had before, too. */
const isKnown = fc.boolean();
const write = fc.record({ kind: fc.constant("write" as const), name, reached: nodes, written: nodes, isKnown });
const cut = fc.record({ kind: fc.constant("cut" as const), apart: nodes });
const minutes = fc.record({ kind: fc.constant("minutes" as const), count: fc.integer({ min: 1, max: 14 }) });
const restart = fc.record({ kind: fc.constant("restart" as const), node: fc.constantFrom(...NODES.split("")) });
/** The disks of a holder are lost, after it and all others have heard each other, and while they do. */
const wipe = fc.record({ kind: fc.constant("wipe" as const), node: fc.constantFrom(...NODES.split("")) });
const command = fc.oneof(
  { weight: 6, arbitrary: write },
  { weight: 3, arbitrary: cut },
  { weight: 2, arbitrary: restart },
  { weight: 1, arbitrary: wipe },
  { weight: 6, arbitrary: minutes },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** Contents that a name may have at the end: the last that was acknowledged, and whatever was tried since. */
type May = Map<string, Set<string>>;

/** A writer that reaches some, writes what follows from what they have, and may die before all have it. */
async function play(
  fleet: MemoryFleet,
  { name: of, reached, written, isKnown: isOld }: Command & { kind: "write" },
  may: May,
  honest: readonly string[],
): Promise<void> {
  const there = reached.filter((node) => honest.includes(node));
  const majority = majorityOf(fleet.nodes.length);
  const found = await Promise.all(
    there.map(async (node) => outcomeOf(ask(fleet, node, ALICE, { op: "get-entry", name: of }))),
  );
  const told = found.filter((answer) => answer !== undefined);
  if (told.length < majority) return;
  const newest = told.map(({ entry }) => entry).toSorted((a, b) => rankOf(b) - rankOf(a))[0];
  const turn = (newest?.turn ?? 0) + 1;
  const isLive = newest !== null && newest !== undefined && !newest.isGone;
  const text = isOld ? of : `${of} ${fleet.now} ${written.join("")}`;
  const entry = isLive ? goneOf(of, turn) : liveOf(of, text, turn);
  const targets = there.filter((node) => written.includes(node));
  const done = await Promise.all(targets.map((node) => outcome(ask(fleet, node, ALICE, { op: "put-entry", entry }))));
  const isAcknowledged = done.filter((code) => code === "done").length >= majority;
  const before = isAcknowledged ? [] : (may.get(of) ?? [NONE]);
  may.set(of, new Set([...before, contentHash(entry)]));
}

/** The answer; undefined: the holder has refused. */
async function outcomeOf<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch {
    return undefined;
  }
}

/** Content of a name under which there is no object. */
const NONE = contentHash(goneOf("x", 1));

function rankOf(entry: Entry | null): number {
  return entry === null ? 0 : entry.turn * 2 + Number(entry.isGone);
}

async function playAll(fleet: MemoryFleet, commands: readonly Command[], honest: readonly string[]): Promise<May> {
  const may: May = new Map();
  for (const each of commands) {
    fleet.now++;
    if (each.kind === "write") await play(fleet, each, may, honest);
    else if (each.kind === "minutes") await fleet.minutes(each.count);
    else if (each.kind === "cut") {
      fleet.cuts.clear();
      for (const one of each.apart) {
        for (const other of NODES) if (!each.apart.includes(other)) fleet.cuts.add(`${one} ${other}`);
      }
    } else if (honest.includes(each.node)) {
      if (each.kind === "restart") fleet.restart(each.node);
      else {
        fleet.cuts.clear();
        await fleet.minutes(2);
        fleet.add(each.node);
        await fleet.minutes(2);
      }
    }
  }
  fleet.cuts.clear();
  await fleet.minutes(60);
  return may;
}

/** All come to the same, which is the last that was acknowledged, or something that was tried since. */
function check(fleet: MemoryFleet, may: May, honest: readonly string[]): void {
  for (const [of, allowed] of may) {
    const entries = honest.map((node) => fleet.member(node).book.get(of));
    const contents = new Set(entries.map((entry) => (entry === undefined ? NONE : contentHash(entry))));
    expect([...contents]).toHaveLength(1);
    expect([...allowed]).toEqual(expect.arrayContaining([...contents]));
  }
}

test.each([3, 4, 5])(
  "%i holders come to the same, and to what was acknowledged",
  { timeout: 600_000 },
  async (count) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 24 }), async (commands) => {
        const fleet = fleetOf(NODES.slice(0, count), { copies: 2 });
        check(fleet, await playAll(fleet, commands, fleet.nodes), fleet.nodes);
      }),
      { numRuns: runs(2_000, 60) },
    );
  },
);

const lie = fc.record({
  name,
  turn: fc.integer({ min: 1, max: 12 }),
  isGone: fc.boolean(),
  text: fc.constantFrom("1", "2"),
});

test("four do so beside a fifth one that tells what it likes", { timeout: 600_000 }, async () => {
  const commands = fc.array(
    fc.oneof({ weight: 5, arbitrary: write }, { weight: 3, arbitrary: cut }, { weight: 6, arbitrary: minutes }),
  );
  await fc.assert(
    fc.asyncProperty(commands, fc.array(lie, { minLength: 1, maxLength: 6 }), async (each, lies) => {
      const fleet = fleetOf(NODES, { copies: 2 });
      const told = lies.map(({ name: of, turn, isGone, text }) => (isGone ? goneOf(of, turn) : liveOf(of, text, turn)));
      let asked = 0;
      fleet.member("e").liar = async (question, honest) => {
        const entry = { ...told[asked++ % told.length]!, written: fleet.now, by: ALICE };
        if (question.op === "get-entry") return { entry };
        if (question.op !== "list-changes") return honest();
        const since = question.book === "lie" ? question.since : 0;
        return { book: "lie", entries: [entry], last: since + 1, isAll: true };
      };
      const honest = ["a", "b", "c", "d"];
      const may = await playAll(fleet, each, honest);
      // Objects that it has invented under names that nobody holds may be there as well.
      for (const allowed of may.values()) if (allowed.has(NONE)) for (const one of told) allowed.add(contentHash(one));
      for (const [of, allowed] of may) {
        const held = honest.map((node) => fleet.member(node).book.get(of));
        for (const entry of held) expect([...allowed]).toContain(entry === undefined ? NONE : contentHash(entry));
      }
    }),
    { numRuns: runs(2_000, 60) },
  );
});
