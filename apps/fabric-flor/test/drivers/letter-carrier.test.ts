import type { Answer } from "@florenetes/feed";
import { Outcome } from "@florenetes/feed";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import type { ProgramLetter } from "../../src/agent/mail/program-letters.ts";
import { LetterCarrier } from "../../src/drivers/letter-carrier.ts";

const LETTER: ProgramLetter = { number: 3, node: "d", body: Buffer.from("hello") };
const ANSWER: Answer = { outcome: Outcome.answered, body: Buffer.from("yes") };
const WAIT_MS = 20_000;

/** Letters that have come, and how the agent sends others. */
let come: ProgramLetter[];
let sends: number | "no-way" | "busy";
let carrier: LetterCarrier;

beforeEach(() => {
  vi.useFakeTimers();
  come = [];
  sends = 7;
  const letters = { take: () => come.splice(0), send: () => sends, answer: (number: number) => number === 3 };
  const agent = { letters } as unknown as Agent;
  carrier = new LetterCarrier({ tell: (act) => act(agent, { now: 0, wall: 0 }) });
});

afterEach(() => {
  carrier[Symbol.dispose]();
  vi.useRealTimers();
});

test("letters that are there are given at once, and those that come later when they do", async () => {
  come = [LETTER];
  expect(await carrier.receive(WAIT_MS)).toEqual([LETTER]);
  const later = carrier.receive(WAIT_MS);
  come = [LETTER];
  carrier.perform({ kind: "come" });
  expect(await later).toEqual([LETTER]);
});

test("where none comes there are none, after as long as was asked for", async () => {
  const none = carrier.receive(WAIT_MS);
  let isOver = false;
  void none.then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await none).toEqual([]);
});

test("a program that waits is told when another one asks, which gets what comes", async () => {
  const first = carrier.receive(WAIT_MS);
  const second = carrier.receive(WAIT_MS);
  expect(await first).toBe("displaced");
  come = [LETTER];
  carrier.perform({ kind: "come" });
  expect(await second).toEqual([LETTER]);
});

test("a letter is answered once its answer has come, and at once where there is no way", async () => {
  const sent = carrier.send("c", LETTER.body);
  carrier.perform({ kind: "done", number: 8, answer: undefined });
  carrier.perform({ kind: "done", number: 7, answer: ANSWER });
  expect(await sent).toEqual(ANSWER);
  sends = "no-way";
  expect(await carrier.send("c", LETTER.body)).toBe("no-way");
  expect([carrier.answer(3, ANSWER), carrier.answer(4, ANSWER)]).toEqual([true, false]);
});

test("its end ends all that wait", async () => {
  const waits = carrier.receive(WAIT_MS);
  const sent = carrier.send("c", LETTER.body);
  carrier[Symbol.dispose]();
  expect([await waits, await sent]).toEqual([[], undefined]);
});
