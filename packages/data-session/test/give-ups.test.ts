/** Streams that are reset before their answer: our end keeps within its peer's limits. */
import { describe, expect, test } from "vitest";
import { SessionCode } from "../src/codes.ts";
import { GIVE_UPS_BURST, GIVE_UPS_PER_SECOND } from "../src/limits.ts";
import { type Pair, openPair } from "./pair.ts";

const limits = { streams: 4_000 };

/** Opens this many streams to the vertex's workload, which does not answer them. */
function openMany({ vertex, settle }: Pair, count: number): number[] {
  const streams = Array.from({ length: count }, () => vertex.open());
  settle();
  return streams;
}

function resetAll({ vertex, settle }: Pair, streams: readonly number[]): void {
  for (const stream of streams) vertex.session.reset(stream, 1, "");
  settle();
}

function resetsAt({ workload }: Pair): number {
  return workload.events.filter(({ kind }) => kind === "reset").length;
}

/** Lets time pass at both ends. */
function pass(pair: Pair, from: number, to: number): void {
  for (let now = from; now <= to; now++) {
    for (const end of [pair.vertex, pair.workload]) end.session.handleTimeout(now);
    pair.vertex.send();
    pair.vertex.deliver(pair.workload, Number.POSITIVE_INFINITY, now);
    pair.workload.poll();
    pair.vertex.poll();
  }
}

describe("streams that are given up before their answer", () => {
  test("leave at a rate that is no flood, and keep their places until then", () => {
    const pair = openPair({ limits });
    const before = openMany(pair, limits.streams);
    resetAll(pair, before);
    expect(resetsAt(pair)).toBe(GIVE_UPS_BURST);
    expect(pair.vertex.session.streamCount).toBe(limits.streams - GIVE_UPS_BURST);
    pass(pair, 0, 1_000);
    expect(resetsAt(pair)).toBe(GIVE_UPS_BURST + GIVE_UPS_PER_SECOND);
    pass(pair, 1_001, 20_000);
    expect(resetsAt(pair)).toBe(limits.streams);
    expect([pair.vertex, pair.workload].map(({ session }) => session.streamCount)).toEqual([0, 0]);
    expect(pair.workload.session.isClosed).toBe(false);
  });

  test("again and again are no flood to a peer that stands still for six seconds and then reads all of it", () => {
    const pair = openPair({ limits });
    resetAll(pair, openMany(pair, GIVE_UPS_BURST));
    resetAll(pair, openMany(pair, 3_000));
    for (let now = 0; now <= 6_000; now++) {
      pair.vertex.session.handleTimeout(now);
      pair.vertex.send();
    }
    pair.vertex.deliver(pair.workload, Number.POSITIVE_INFINITY, 6_000);
    pass(pair, 6_000, 12_000);
    expect(resetsAt(pair)).toBeGreaterThan(GIVE_UPS_BURST + 5 * GIVE_UPS_PER_SECOND);
    expect(pair.workload.events.filter(({ kind }) => kind === "closed")).toEqual([]);
  });

  test("wait no longer once the peer has answered or reset them itself", () => {
    const pair = openPair({ limits });
    const streams = openMany(pair, GIVE_UPS_BURST + 3);
    resetAll(pair, streams);
    const [answered, reset] = streams.slice(-3);
    pair.workload.session.answer(answered!);
    pair.workload.session.reset(reset!, 2, "");
    pair.settle();
    expect(pair.vertex.session.streamCount).toBe(1);
    expect(pair.workload.kindsOf(answered!)).toEqual(["opened", "reset"]);
    expect(pair.workload.kindsOf(reset!)).toEqual(["opened"]);
  });

  test("do not wait where they were answered, or not sent at all", () => {
    const pair = openPair({ limits });
    const answered = openMany(pair, 2 * GIVE_UPS_BURST);
    for (const stream of answered) pair.workload.session.answer(stream);
    pair.settle();
    resetAll(pair, answered);
    const unsent = Array.from({ length: 2_000 }, () => pair.vertex.open());
    for (const stream of unsent) pair.vertex.session.reset(stream, 1, "");
    expect(pair.vertex.session.streamCount).toBe(0);
  });

  test("are over with their session", () => {
    const pair = openPair({ limits });
    resetAll(pair, openMany(pair, 2 * GIVE_UPS_BURST));
    pair.vertex.session.close(SessionCode.done, "");
    expect(pair.vertex.session.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(pair.vertex.session.streamCount).toBe(0);
  });
});
