import { DropCause } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { PathTrace, type NextQuestion } from "../../src/trace/path-trace.ts";
import type { ToldVertex } from "../../src/trace/told-vertex.ts";

const LABELS = [203, 304, 900];

function told(meaning: ToldVertex["meaning"], mtu = 1_400, cause: number = DropCause.operations): ToldVertex {
  const link = { peer: "x", isUp: true, sinceMs: 0, mtu, preferredMtu: mtu };
  const outLink = meaning === "link" ? link : undefined;
  const head = { vertex: "v", clock: 5_000, cause, label: 2, word: 0, inLink: link };
  return { ...head, meaning, isPermitted: true, outLink, outReason: undefined, service: "" };
}

/** Sends all questions that are due, and answers them as the hops do. */
function play(
  trace: PathTrace,
  answer: (question: NextQuestion) => ToldVertex | undefined,
): { sent: NextQuestion[]; end: number } {
  const sent: NextQuestion[] = [];
  let now = 0;
  for (let turns = 0; turns < 100 && !trace.isDone(now); turns++) {
    now = Math.max(now, trace.nextTimeout());
    trace.handleTimeout(now);
    for (let next = trace.pollTransmit(); next !== undefined; next = trace.pollTransmit()) {
      trace.handleSent(next);
      sent.push(next);
      const said = answer(next);
      if (said !== undefined) trace.handleAnswer({ ...next, at: now - 4, wallAt: 4_000 }, said, false, now);
    }
  }
  expect(trace.isDone(now)).toBe(true);
  return { sent, end: now };
}

const traceOf = (more: { rounds?: number; isPing?: boolean; mtu?: number } = {}): PathTrace =>
  new PathTrace({ labels: LABELS, rounds: 3, isPing: false, mtu: 1_500, ...more }, 0);

test("every hop is asked in rounds, what its label means until it is told, and then by large packets", () => {
  const trace = traceOf();
  const { sent, end } = play(trace, ({ hop }) => told(hop === 2 ? "service" : "link", hop === 0 ? 1_400 : 1_300));
  expect(sent.slice(0, 3).map(({ next }) => next)).toEqual(LABELS);
  expect(sent.slice(3, 9).map(({ hop, next }) => [hop, next])).toEqual([0, 1, 2, 0, 1, 2].map((hop) => [hop, 0]));
  expect(sent.slice(9).map(({ hop, size }) => [hop, size])).toEqual([
    [0, 1_500],
    [0, 1_500],
    [1, 1_400],
    [1, 1_400],
    [2, 1_300],
    [2, 1_300],
  ]);
  expect(end).toBeLessThan(1_000);
  expect(trace.hops()[1]).toMatchObject({
    sent: 3,
    received: 3,
    rttMs: { min: 4, mean: 4, max: 4 },
    clockMs: 998,
    large: { size: 1_400, sent: 2, received: 2 },
  });
});

test("behind a hop at which the path ends nobody is asked again", () => {
  const trace = traceOf();
  const { sent } = play(trace, ({ hop, next }) => {
    if (hop > 1) return told("unknown", 1_400, DropCause.unknownLabel);
    return hop === 0 ? told("link") : told(next === 0 ? "untold" : "unknown");
  });
  expect(sent.filter(({ hop }) => hop === 2)).toHaveLength(1);
  expect(trace.hops()[1]!.told!.meaning).toBe("unknown");
  expect(trace.hops()[2]).toMatchObject({ told: null, stopped: { cause: DropCause.unknownLabel }, received: 0 });
});

test("silence ends it in bounded time", () => {
  const trace = traceOf();
  expect(play(trace, () => undefined).end).toBeLessThanOrEqual(2_500);
  expect(trace.hops().map(({ sent, received }) => [sent, received])).toEqual([
    [3, 0],
    [3, 0],
    [3, 0],
  ]);
});

test("over a link that is down nothing is sent, and a ping asks the last hop alone", () => {
  expect(play(traceOf({ mtu: 0 }), () => undefined)).toEqual({ sent: [], end: 0 });
  const { sent } = play(traceOf({ isPing: true, rounds: 5 }), () => told("service"));
  expect(sent.map(({ hop }) => hop)).toEqual([2, 2, 2, 2, 2]);
});

test("a claim does not take the place of what is proven, and one that is forged shows whatever the others are", () => {
  const trace = traceOf();
  const question = { hop: 0, next: 203, size: 1_280, at: 0, wallAt: 0 };
  const [proven, claimed, lie] = ["b", "x", "c"].map((vertex) => ({ ...told("link"), vertex })) as [
    ToldVertex,
    ToldVertex,
    ToldVertex,
  ];
  const first = () => trace.hops()[0]!;
  trace.handleAnswer(question, claimed, false, 1);
  expect(first()).toMatchObject({ told: claimed, proof: "unsigned" });
  trace.handleAnswer(question, proven, true, 2);
  expect(first()).toMatchObject({ told: proven, proof: "unverified" });
  trace.handleProof(0, proven, "signed", "");
  trace.handleAnswer(question, claimed, false, 3);
  expect(first()).toMatchObject({ told: proven, proof: "signed", proofText: "" });
  trace.handleAnswer(question, { ...lie, meaning: "untold", outLink: undefined }, true, 4);
  trace.handleProof(0, lie, "forged", "it lies");
  trace.handleProof(0, proven, "signed", "");
  expect(first()).toMatchObject({ told: proven, proof: "forged", proofText: "it lies" });
});
