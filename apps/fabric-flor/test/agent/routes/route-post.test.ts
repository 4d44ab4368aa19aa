/** Letters to a coordinator that overtake each other on their ways. */
import { type Answer, type Ask, Outcome, readRoutesLetter, writeRoutesAnswer } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import type { AgentMail } from "../../../src/agent/mail/agent-mail.ts";
import { RoutePost, type Shown } from "../../../src/agent/routes/route-post.ts";

const at = { now: 1_000, wall: 2_000 };
const LEASE = Buffer.from("a lease");
const answerOf = (...records: readonly Uint8Array[]): Answer => ({
  outcome: Outcome.answered,
  body: writeRoutesAnswer({ records, hasMore: false, asks: [] }),
});

/** A post whose letter 2 waits at the coordinator, and is overtaken by letter 3, to which the coordinator has nothing to say. */
function overtaken() {
  const waits: number[] = [];
  const mail = {
    readersOf: () => ["k"],
    keyOf: () => "key",
    hasWay: () => true,
    send: (_kind: string, body: Uint8Array) => waits.push(readRoutesLetter(body)!.wait),
  };
  const taken: (readonly Uint8Array[])[] = [];
  let shown: readonly Shown[] = [{ id: "report 1", octets: Buffer.from("1") }];
  const post = new RoutePost({
    mail: mail as unknown as AgentMail,
    coordinators: (known) => known,
    shown: () => shown,
    onAnswer: (_coordinator, records) => taken.push(records),
    isObserved: () => false,
    onAsks: () => undefined,
  });
  const done = (number: number, answer: Answer | undefined): void => {
    post.handleDone({ kind: "done", number, answer, reader: "k" } as Parameters<RoutePost["handleDone"]>[0], at);
    post.advance(at);
  };
  post.advance(at);
  done(1, answerOf());
  shown = [{ id: "report 2", octets: Buffer.from("2") }];
  post.advance(at);
  done(3, answerOf());
  expect(waits).toEqual([0, 5, 0, 5]);
  taken.length = 0;
  return { done, taken, waits, post };
}

test("what a coordinator has for a node comes with a letter that was overtaken, too", () => {
  const { done, taken, waits } = overtaken();
  done(2, answerOf(LEASE));
  expect(taken.flat().map((octets) => Buffer.from(octets).toString())).toEqual(["a lease"]);
  // The letter that waits in its place still does.
  expect(waits).toHaveLength(4);
});

test("an answer to such a letter that is none, or comes twice, changes nothing", () => {
  const { done, taken, waits, post } = overtaken();
  const { answered } = post;
  for (const body of [Buffer.alloc(0), Buffer.alloc(40, 0xff)]) {
    const other = overtaken();
    other.done(2, { outcome: Outcome.answered, body });
    other.done(2, answerOf(LEASE));
    expect([other.taken, other.waits.length]).toEqual([[], 4]);
  }
  done(2, undefined);
  done(77, answerOf(LEASE));
  expect([taken, waits.length, post.answered]).toEqual([[], 4, answered]);
});

/** A post that has told its first report, and whose letter waits at the coordinator. */
function atRest() {
  const sent: { readonly wait: number; readonly records: readonly string[] }[] = [];
  let numbers = 0;
  const mail = {
    readersOf: () => ["k"],
    keyOf: () => "key",
    hasWay: () => true,
    send: (_kind: string, body: Uint8Array) => {
      const { wait, records } = readRoutesLetter(body)!;
      sent.push({ wait, records: records.map((octets) => Buffer.from(octets).toString()) });
      return ++numbers;
    },
  };
  let shown: readonly Shown[] = [];
  const post = new RoutePost({
    mail: mail as unknown as AgentMail,
    coordinators: (known) => known,
    shown: () => shown,
    onAnswer: () => undefined,
    isObserved: () => false,
    onAsks: () => undefined,
  });
  const show = (text: string, isPatient = false): void => {
    shown = [{ id: text, octets: Buffer.from(text), isPatient }];
    post.advance(at);
  };
  const done = (number: number, answer: Answer | undefined): void => {
    post.handleDone({ kind: "done", number, answer, reader: "k" } as Parameters<RoutePost["handleDone"]>[0], at);
  };
  show("report 1");
  done(1, answerOf());
  post.advance(at);
  expect(sent.splice(0)).toEqual([
    { wait: 0, records: ["report 1"] },
    { wait: 5, records: [] },
  ]);
  return { post, sent, show, done };
}

test("a record that is patient goes with the next letter, which waits all the same, and none is sent for it", () => {
  const { post, sent, show, done } = atRest();
  show("report 2", true);
  expect([post.nextTimeout(at), sent, post.isKnown("report 2")]).toEqual([Number.POSITIVE_INFINITY, [], false]);
  done(2, answerOf());
  post.advance(at);
  expect(sent).toEqual([{ wait: 5, records: ["report 2"] }]);
  done(3, answerOf());
  post.advance(at);
  expect(post.isKnown("report 2")).toBe(true);
  expect(sent.at(-1)).toEqual({ wait: 5, records: [] });
});

test("a record that is not is sent at once, beside a letter with one that is", () => {
  const { post, sent, show, done } = atRest();
  show("report 2", true);
  done(2, answerOf());
  post.advance(at);
  show("report 3");
  expect(sent.at(-1)).toEqual({ wait: 0, records: ["report 3"] });
});

test("a patient record whose letter was lost goes once more", () => {
  const { post, sent, show, done } = atRest();
  show("report 2", true);
  done(2, answerOf());
  post.advance(at);
  done(3, undefined);
  post.advance({ now: at.now + 2_000, wall: at.wall + 2_000 });
  expect(sent.map(({ records }) => records)).toEqual([["report 2"], ["report 2"]]);
});

test("letters wait for as long as none was lost, however many are answered meanwhile", () => {
  const { post, sent } = atRest();
  let number = 2;
  const waitAt = (seconds: number, isLost = false): number => {
    const answer = isLost ? undefined : answerOf();
    const moment = { now: at.now + 1_000 * seconds, wall: at.wall + 1_000 * seconds };
    post.handleDone({ kind: "done", number, answer, reader: "k" } as Parameters<RoutePost["handleDone"]>[0], moment);
    post.advance({ ...moment, now: moment.now + 2_000 });
    number++;
    return sent.at(-1)!.wait;
  };
  expect([0, 1, 2, 2, 3].map((seconds) => waitAt(seconds))).toEqual([5, 5, 5, 5, 5]);
  expect([18, 43, 100].map((seconds) => waitAt(seconds))).toEqual([20, 45, 45]);
  // The report of a letter that was lost goes again at once.
  expect(waitAt(120, true)).toBe(0);
  expect(waitAt(121)).toBe(5);
});

describe("a node that rests", () => {
  const PAUSE_MS = 300_000;

  /** A post whose coordinators have been told its first report, and have answered it so. */
  function restful(answers: Readonly<Record<string, readonly Ask[]>>) {
    const sent: { readonly to: string; readonly wait: number; readonly at: number }[] = [];
    const calls: string[] = [];
    const clock = { ...at };
    let [numbers, rests] = [0, true];
    let shown: readonly Shown[] = [{ id: "report 1", octets: Buffer.from("1") }];
    const readers = new Map<number, string>();
    const mail = {
      readersOf: () => Object.keys(answers),
      keyOf: () => "key",
      hasWay: () => true,
      send: (_kind: string, body: Uint8Array, moment: { readonly now: number }, { to }: { readonly to: string }) => {
        sent.push({ to, wait: readRoutesLetter(body)!.wait, at: moment.now });
        readers.set(++numbers, to);
        return numbers;
      },
    };
    const post = new RoutePost({
      mail: mail as unknown as AgentMail,
      coordinators: (known) => known,
      shown: () => shown,
      onAnswer: () => undefined,
      isObserved: () => false,
      onAsks: (nodes) => calls.push(...nodes),
      writesAt: (_coordinator, writtenAt) => (rests ? writtenAt + PAUSE_MS : undefined),
    });
    const run = (ms: number): void => {
      for (const end = clock.now + ms; clock.now <= end; clock.now += 1_000) {
        post.advance(clock);
        for (const [number, reader] of readers) {
          readers.delete(number);
          const body = writeRoutesAnswer({ records: [], hasMore: false, asks: answers[reader]! });
          const done = { kind: "done", number, reader, answer: { outcome: Outcome.answered, body } };
          post.handleDone(done, clock);
        }
      }
    };
    const wake = (): void => void (rests = false);
    const show = (text: string): void => void (shown = [{ id: text, octets: Buffer.from(text) }]);
    return { post, sent, calls, clock, run, wake, show };
  }

  const knows = (node: string): Ask => ({ kind: "rest", node });

  test("writes to all its coordinators together, seldom and without a wait, and to each at once when there is news", () => {
    const { post, sent, run, wake, show } = restful({ k: [knows("k")], l: [knows("l")] });
    run(30_000);
    expect(post.mayRest).toBe(true);
    sent.length = 0;
    run(3 * PAUSE_MS);
    expect([sent.length, sent.every(({ wait }) => wait === 0)]).toEqual([6, true]);
    expect(new Set(sent.map(({ at: when }) => when)).size).toBe(3);
    sent.length = 0;
    show("report 2");
    run(2_000);
    expect(sent.map(({ to }) => to)).toEqual(["k", "l"]);
    wake();
    sent.length = 0;
    run(2_000);
    expect(sent.some(({ wait }) => wait > 0)).toBe(true);
  });

  test("rests only where all coordinators know of that, each by its own name", () => {
    for (const other of [[], [knows("k")], [{ kind: "call", node: "l" } as const]]) {
      const { post, sent, calls, run } = restful({ k: [knows("k")], l: other });
      run(30_000);
      expect([post.mayRest, sent.length > 20]).toEqual([false, true]);
      expect(calls.every((node) => node === "l")).toBe(true);
    }
  });
});
