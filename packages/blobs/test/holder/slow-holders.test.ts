/** Holders that let an octet come now and then, so that no silence ends what they were asked. */
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Question } from "../../src/index.ts";
import { MemoryFleet } from "../../src/testing/index.ts";
import { held, putAt, termsOf } from "./kit.ts";

const signal = new AbortController().signal;

interface Alarm {
  readonly at: number;
  readonly call: () => void;
}

class SlowFleet {
  readonly fleet: MemoryFleet;
  readonly asked: Question["op"][] = [];
  readonly #alarms = new Set<Alarm>();

  /** @param op the question that is never answered by b */
  constructor(op: Question["op"], copies = 3) {
    this.fleet = new MemoryFleet({
      terms: termsOf("abc", { copies }),
      after: (ms, call) => {
        const alarm = { at: this.fleet.now + ms, call };
        this.#alarms.add(alarm);
        return () => this.#alarms.delete(alarm);
      },
    });
    this.fleet.member("b").liar = async (question, honest) => {
      this.asked.push(question.op);
      return question.op === op ? new Promise<never>(() => {}) : honest();
    };
  }

  /** Lets time pass until something has ended. Returns how much it was, in seconds. */
  async secondsOf(turn: Promise<unknown>): Promise<number> {
    const begun = this.fleet.now;
    const state = { isOver: false };
    void turn.finally(() => (state.isOver = true));
    for (;;) {
      for (let round = 0; round < 50 && !state.isOver; round++) await setImmediate();
      if (state.isOver) return (this.fleet.now - begun) / 1_000;
      const [next] = [...this.#alarms].toSorted((a, b) => a.at - b.at);
      if (next === undefined) throw new Error("nothing ends it");
      this.#alarms.delete(next);
      this.fleet.now = next.at;
      next.call();
    }
  }
}

test("one that never ends a page of changes keeps a turn for half a minute, and what others tell is taken in it", async () => {
  const slow = new SlowFleet("list-changes");
  await putAt(slow.fleet, "bc", "x", "some");
  expect(await slow.secondsOf(slow.fleet.member("a").holder.sync(signal))).toBe(30);
  expect(held(slow.fleet, "x")).toBe("a:1, b:1, c:1");
});

test("pages that come one in twenty seconds are read for half a minute in a turn, and on in the next one", async () => {
  const slow = new SlowFleet("challenge");
  const { fleet } = slow;
  let page = 0;
  fleet.member("b").liar = async (question, honest) => {
    if (question.op !== "list-changes") return honest();
    fleet.now += 20_000;
    page++;
    return { book: "lie", entries: [], last: page, isAll: false };
  };
  expect(await slow.secondsOf(fleet.member("a").holder.sync(signal))).toBe(40);
  expect(page).toBe(2);
  await fleet.member("a").holder.sync(signal);
  expect(page).toBe(4);
});

test("a challenge that one never answers keeps no other one from being challenged", async () => {
  const slow = new SlowFleet("challenge");
  const { fleet } = slow;
  await putAt(fleet, "abc", "x", "some");
  await fleet.minutes(1);
  fleet.now += 3 * 3_600_000;
  fleet.tell(fleet.terms);
  const turn = fleet.member("a").holder.challenge(signal);
  for (let round = 0; round < 50; round++) await setImmediate();
  expect(fleet.member("a").holder.status().counters.challengesPassed).toBe(1);
  expect(await slow.secondsOf(turn)).toBe(30);
});

test("a shard has the time of 40 KiB a second, and whoever takes longer is asked for nothing but its changes for ten minutes", async () => {
  const slow = new SlowFleet("get-shard", 2);
  const { fleet, asked } = slow;
  const texts = Array.from({ length: 40 }, (_, at) => `text ${at}`);
  for (const text of texts) await putAt(fleet, "abc", text.replace(" ", "/"), text);
  await fleet.turns(["sync"]);
  const { disk, holder } = fleet.member("a");
  for (const hash of disk.hashes()) disk.lose(hash);
  expect(await slow.secondsOf(holder.repair(signal))).toBeCloseTo(132.4);
  expect(asked.filter((op) => op === "get-shard").length).toBeLessThanOrEqual(4);
  expect(disk.hashes().length).toBeGreaterThan(0);
  asked.splice(0);
  for (const hash of disk.hashes()) disk.lose(hash);
  await fleet.turns(["sync"]);
  await holder.repair(signal);
  expect(asked).not.toContain("get-shard");
  expect(asked).toContain("list-changes");
});
