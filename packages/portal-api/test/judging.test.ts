/** A link vertex asks about peers, in messages that it writes itself. */
import { describe, expect, test } from "vitest";
import type { PeerJudge, PeerQuestion } from "../src/judge.ts";
import * as limits from "../src/limits.ts";
import { decodeMessage, encodeMessage, type PortalBody } from "../src/messages.ts";
import { drain, Pair, S1, TO_B } from "./portal-pair.ts";

const question: PeerQuestion = { presenter: "originator", peer: "", chain: [Uint8Array.of(0x30)], isOpen: false };
const accepted = { principal: "spiffe://demo/vertex/b", name: "b", goodUntil: 1_000, graceMs: 5 };

class Judge implements PeerJudge {
  generation = 7;
  readonly asked: PeerQuestion[] = [];

  judge(asked: PeerQuestion): ReturnType<PeerJudge["judge"]> {
    this.asked.push(asked);
    return asked.peer === "c" ? { code: "WRONG_NAME", text: "this is vertex/b" } : accepted;
  }
}

/** Sends a request of the link vertex, and returns the bodies of all answers. */
function ask(pair: Pair, body: PortalBody, requestId = 5, attachment = 1): PortalBody[] {
  drain(() => pair.client.pollTransmit());
  pair.client.handleMessage(encodeMessage({ instance: S1.id, attachment, requestId, body }), pair.now);
  return drain(() => pair.client.pollTransmit())
    .map((message) => decodeMessage(message)!)
    .filter(({ requestId: answered }) => answered === requestId)
    .map((message) => message.body);
}

const heartbeatsOf = (pair: Pair): PortalBody[] =>
  drain(() => pair.client.pollTransmit())
    .map((message) => decodeMessage(message)!.body)
    .filter(({ kind }) => kind === "heartbeat");

describe("a question about a peer", () => {
  test("is answered with the verdict and the generation of what it was made by", () => {
    const judge = new Judge();
    const pair = new Pair({ judge }).connect();
    expect(ask(pair, { kind: "judge", question })).toEqual([
      { kind: "judge-answer", ...accepted, code: "", text: "", generation: 7 },
    ]);
    expect(judge.asked).toEqual([question]);
  });

  test("is answered with a refusal, which names nobody", () => {
    const pair = new Pair({ judge: new Judge() }).connect();
    const refused = { principal: "", name: "", goodUntil: 0, graceMs: 0, code: "WRONG_NAME", text: "this is vertex/b" };
    expect(ask(pair, { kind: "judge", question: { ...question, peer: "c" } })).toEqual([
      { kind: "judge-answer", ...refused, generation: 7 },
    ]);
  });

  test("is judged again when it comes again, also with the number of a request of ours", () => {
    const judge = new Judge();
    const pair = new Pair({ judge }).connect();
    pair.client.openLink(TO_B, pair.now);
    expect(pair.client.requestsPending).toBe(1);
    for (let requestId = 1; requestId < 6; requestId++) {
      expect(ask(pair, { kind: "judge", question }, requestId)).toMatchObject([{ kind: "judge-answer" }]);
      expect(ask(pair, { kind: "judge", question }, requestId)).toMatchObject([{ kind: "judge-answer" }]);
    }
    expect(judge.asked.length).toBe(10);
    expect(pair.client.requestsPending).toBe(1);
  });

  test("that makes no sense is refused", () => {
    const pair = new Pair({ judge: new Judge() }).connect();
    expect(ask(pair, { kind: "judge", question: undefined })).toMatchObject([
      { kind: "error", code: "INVALID_QUESTION" },
    ]);
  });

  test("is refused where there is nothing to judge by, and is not known where nobody judges", () => {
    const judge = new Judge();
    judge.generation = 0;
    expect(ask(new Pair({ judge }).connect(), { kind: "judge", question })).toMatchObject([
      { kind: "error", code: "NOT_JUDGED" },
    ]);
    expect(ask(new Pair().connect(), { kind: "judge", question })).toEqual([{ kind: "unimplemented" }]);
    expect(judge.asked).toEqual([]);
  });

  test("of another attachment, of nobody who is attached, or without a number is not answered", () => {
    const judge = new Judge();
    const pair = new Pair({ judge }).connect();
    expect(ask(pair, { kind: "judge", question }, 5, 2)).toEqual([]);
    expect(ask(pair, { kind: "judge", question }, 5, 0)).toEqual([]);
    const before = pair.client.counters.messagesIgnored;
    pair.client.handleMessage(
      encodeMessage({ instance: S1.id, attachment: 1, requestId: 0, body: { kind: "judge", question } }),
      pair.now,
    );
    expect(pair.client.counters.messagesIgnored).toBe(before + 1);
    expect(ask(new Pair({ judge }), { kind: "judge", question })).toEqual([]);
    expect(judge.asked).toEqual([]);
  });

  test("of a link vertex that is not used is not answered", () => {
    const judge = new Judge();
    const pair = new Pair({ judge, linkProtocol: "quic" }).connect();
    expect(ask(pair, { kind: "judge", question })).toEqual([]);
  });

  test("is one of so many at once and in a second; a repetition is answered later", () => {
    const judge = new Judge();
    const pair = new Pair({ judge }).connect();
    const flood = (): void => {
      for (let i = 1; i <= 5 * limits.JUDGEMENTS_BURST; i++) ask(pair, { kind: "judge", question }, i);
    };
    flood();
    expect(judge.asked.length).toBe(limits.JUDGEMENTS_BURST);
    pair.now += 500;
    flood();
    expect(judge.asked.length).toBe(limits.JUDGEMENTS_BURST + limits.JUDGEMENTS_PER_SECOND / 2);
  });
});

describe("heartbeats", () => {
  test("tell the generation of what peers are judged by, and another one at once", () => {
    const judge = new Judge();
    const pair = new Pair({ judge });
    pair.client.handleConnected(pair.now);
    expect(heartbeatsOf(pair)).toMatchObject([{ judgeGeneration: 7 }]);
    judge.generation = 8;
    pair.client.handleJudgeNews(pair.now);
    expect(heartbeatsOf(pair)).toMatchObject([{ judgeGeneration: 8 }]);
  });

  test("that a port repeats tell it, too", () => {
    const judge = new Judge();
    const pair = new Pair({ judge, isPortRepeating: true }).connect();
    const told = (): PortalBody | undefined => {
      const heartbeat = pair.client.pollHeartbeat();
      return heartbeat && decodeMessage(heartbeat.message)?.body;
    };
    expect(told()).toMatchObject({ judgeGeneration: 7 });
    judge.generation = 8;
    pair.client.handleJudgeNews(pair.now);
    expect(told()).toMatchObject({ judgeGeneration: 8 });
  });

  test("of a vertex that judges nobody tell none", () => {
    const pair = new Pair();
    pair.client.handleConnected(pair.now);
    expect(heartbeatsOf(pair)).toEqual([expect.objectContaining({ judgeGeneration: undefined })]);
  });
});
