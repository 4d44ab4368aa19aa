import { FORWARDING_DROP_NAMES, LABEL_CONNECTION, labelOf, payloadOf } from "@florenetes/forwarding";
import { runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { encodeChain, hashChain, contextCheck } from "@florenetes/identity";
import { SIGN_CONTEXT } from "@florenetes/portal-api";
import { type AnswerContent, decodeAnswerContent, decodeChainPart } from "../../src/trace/answer-content.ts";
import { decodeToldVertex, type ToldVertex } from "../../src/trace/told-vertex.ts";
import { answerHead, decodeAnswer } from "../../src/trace/trace-message.ts";
import {
  ANSWERS_BURST,
  ANSWERS_PER_SECOND,
  MISSES_BURST,
  MISSES_PER_SECOND,
  ORIGIN_SHARE,
} from "../../src/trace/limits.ts";
import { TO_A, TO_B, TO_C, WEB } from "../forwarding/recorder.ts";
import { asking, FakeVertex, ownKey, questionFor, TO_C_TOO } from "./fake-vertex.ts";
import { authority, TestSigner } from "./signers.ts";

function contentOf(packet: Uint8Array): { readonly content: Uint8Array; readonly head: Uint8Array } {
  const answer = decodeAnswer(packet.subarray(payloadOf(packet, 0)))!;
  const head = answerHead(answer.number, answer.key);
  return { head, content: asking.open(ownKey, answer.key, head, answer.sealed)! };
}

function answerIn(packet: Uint8Array): AnswerContent {
  return decodeAnswerContent(contentOf(packet).content)!;
}

function toldIn(packet: Uint8Array): ToldVertex | undefined {
  return decodeToldVertex(answerIn(packet).told);
}

/** How many labels without a meaning one asker behind the neighbour is told at once. */
const MISSES_OF_ONE = Math.ceil(MISSES_BURST / (1 + ORIGIN_SHARE));

const causeOf = (name: string): number => FORWARDING_DROP_NAMES.indexOf(name);

describe("a question for the vertex", () => {
  test.each([
    { name: "no label", next: 0, told: { meaning: "untold" } },
    { name: "an unknown label", next: 1_234, told: { meaning: "unknown" } },
    {
      name: "a link that may be crossed",
      next: TO_B,
      told: { meaning: "link", isPermitted: true, outLink: { peer: "b", isUp: true, mtu: 1_400 } },
    },
    {
      name: "a link that is down",
      next: TO_C,
      told: { meaning: "link", isPermitted: true, outLink: { peer: "c", isUp: false } },
    },
    { name: "a link by its second label", next: TO_C_TOO, told: { meaning: "link", outLink: { peer: "c" } } },
    { name: "the link that it came over", next: TO_A, told: { meaning: "link", isPermitted: false } },
    { name: "a service", next: WEB, told: { meaning: "service", service: "web" } },
    { name: "an LSP", next: 500, told: { meaning: "lsp", outLink: { peer: "b" } } },
    { name: "the end of an LSP", next: 600, told: { meaning: "lspEnd" } },
  ])("that names $name is answered on the reverse path", ({ next, told }) => {
    const vertex = new FakeVertex();
    vertex.ask(next);
    const [{ link, packet }] = vertex.sent as [(typeof vertex.sent)[number]];
    expect(link).toBe(0);
    expect([labelOf(packet, 0, 0), labelOf(packet, 0, 1)]).toEqual([77, LABEL_CONNECTION]);
    expect(packet.length).toBeLessThanOrEqual(1_280);
    const head = { vertex: "relay", cause: causeOf("operations"), clock: 1_000_000, inLink: { peer: "a" } };
    expect(toldIn(packet)).toMatchObject({ ...head, ...told });
  });

  test.each([
    ["EXPIRED", "vertex/c: the certificate has ended", "vertex/c: the certificate has ended"],
    ["UNTRUSTED_BY_PEER", "the other end trusts another CA", "the other end trusts another CA"],
    ["NO_ANSWER", "nothing answers at udp://10.0.0.3:4433", ""],
  ])(
    "that names a link which is down says why (%s), in words only where they are of certificates",
    (code, text, words) => {
      const vertex = new FakeVertex();
      vertex.reason = { code, text };
      vertex.ask(TO_C);
      vertex.ask(TO_B);
      const [down, up] = vertex.sent.map(({ packet }) => toldIn(packet)!);
      expect(down!.outReason).toEqual({ code, text: words });
      expect(up!.outReason).toBe(undefined);
    },
  );

  test("is not answered where traces are off, labels were guessed, or it is none", () => {
    const off = new FakeVertex(true);
    off.ask(WEB);
    const vertex = new FakeVertex();
    vertex.ask(WEB, { isGuessing: true });
    vertex.ask(WEB, { packet: questionFor(WEB).packet.slice(0, 60) });
    vertex.ask(WEB, { at: 0 });
    expect([...off.sent, ...vertex.sent]).toEqual([]);
    expect(off.answers.counts).toMatchObject({ off: 1 });
    expect(vertex.answers.counts).toMatchObject({ answered: 0, limited: 1, malformed: 2 });
  });
});

describe("a question that is dropped", () => {
  test("for its label is answered with that", () => {
    const vertex = new FakeVertex();
    const { packet } = questionFor(0, [77, 1_234, 2]);
    vertex.ask(0, { packet, at: 1, cause: causeOf("unknownLabel") });
    expect(toldIn(vertex.sent[0]!.packet)).toMatchObject({
      cause: causeOf("unknownLabel"),
      label: 1_234,
      meaning: "unknown",
    });
  });

  test.each([TO_C, TO_C_TOO])("by a link, after its label %i was written over, is answered from there", (label) => {
    const vertex = new FakeVertex();
    const { packet } = questionFor(0, [77, label, 2]);
    // `pop` has written the label of the in-link, and moved the cursor to label 2.
    packet[3] = 2;
    vertex.ask(0, { packet, at: undefined, outLink: 2, cause: causeOf("linkDown") });
    const [{ packet: answer }] = vertex.sent as [(typeof vertex.sent)[number]];
    expect([labelOf(answer, 0, 0), labelOf(answer, 0, 1)]).toEqual([77, LABEL_CONNECTION]);
    expect(toldIn(answer)).toMatchObject({
      cause: causeOf("linkDown"),
      label,
      outLink: { peer: "c", isUp: false },
    });
  });
});

describe("an answer that is signed", () => {
  test.each(["p256", "ed25519"] as const)("binds question, answer and what is told, by a key of %s", (algorithm) => {
    const signer = new TestSigner("relay", authority, algorithm);
    const vertex = new FakeVertex(false, signer);
    vertex.ask(WEB);
    const [{ packet }] = vertex.sent as [(typeof vertex.sent)[number]];
    expect(packet.length).toBeLessThanOrEqual(1_280);
    const { told, proof } = answerIn(packet);
    const [leaf] = signer.signingChain();
    expect(proof).toMatchObject({ parts: 1, chainHash: hashChain(signer.signingChain()) });
    const signed = asking.digest(ownKey.publicKey, contentOf(packet).head, told);
    expect(contextCheck(leaf!, SIGN_CONTEXT)(signed, proof!)).toBe(true);
    const other = asking.digest(ownKey.publicKey.with(0, 7), contentOf(packet).head, told);
    expect(contextCheck(leaf!, SIGN_CONTEXT)(other, proof!)).toBe(false);
  });

  test("gives its chain in parts, none larger than its question", () => {
    const signer = new TestSigner("relay");
    const large = Array.from({ length: 4 }, () => new Uint8Array(1_000).fill(5));
    signer.signingChain = () => large;
    const vertex = new FakeVertex(false, signer);
    const octets: Uint8Array[] = [];
    for (let part = 1; part <= 5; part++) vertex.ask(0, questionFor(0, [77, 2], part));
    for (const { packet } of vertex.sent) {
      expect(packet.length).toBeLessThanOrEqual(1_280);
      const got = decodeChainPart(contentOf(packet).content)!;
      expect(got).toMatchObject({ part: octets.length + 1, parts: 4, chainHash: hashChain(large) });
      octets.push(got.octets);
    }
    expect(Buffer.concat(octets)).toEqual(Buffer.from(encodeChain(large)));
    expect(vertex.answers.counts).toMatchObject({ answered: 4, malformed: 1 });
    expect(signer.signed).toBe(0);
  });

  test("has no part where nothing was signed, and where the question is too small for it", () => {
    const none = new FakeVertex();
    none.ask(0, questionFor(0, [77, 2], 1));
    const vertex = new FakeVertex(false, new TestSigner("relay"));
    const { packet } = questionFor(0, [77, 2], 1);
    vertex.ask(0, { packet: packet.slice(0, 400) });
    expect([...none.sent, ...vertex.sent]).toEqual([]);
  });

  test("leaves its signature out where the question has no room for it", () => {
    const vertex = new FakeVertex(false, new TestSigner("relay"));
    vertex.ask(WEB, { packet: questionFor(WEB).packet.slice(0, 200) });
    const [{ packet }] = vertex.sent as [(typeof vertex.sent)[number]];
    expect(packet.length).toBeLessThanOrEqual(200);
    expect(answerIn(packet).proof).toBeUndefined();
  });

  test("goes when its signature comes, unless the link is gone by then", () => {
    const signer = new TestSigner("relay");
    signer.isSlow = true;
    const vertex = new FakeVertex(false, signer);
    vertex.ask(WEB);
    expect(vertex.sent).toEqual([]);
    signer.release();
    expect(answerIn(vertex.sent[0]!.packet).proof).toBeDefined();
    vertex.ask(WEB);
    vertex.removeLinks();
    signer.release();
    expect(vertex.sent).toHaveLength(1);
  });

  test("is one of so many in a second, and no question beyond is signed", () => {
    const signer = new TestSigner("relay");
    const vertex = new FakeVertex(false, signer);
    for (let i = 0; i < 2_000; i++) {
      vertex.now += 0.5;
      vertex.ask(0, questionFor(0, [77, 2], i % 2));
    }
    expect(vertex.sent.length).toBeLessThanOrEqual(ANSWERS_BURST + ANSWERS_PER_SECOND);
    expect(signer.signed).toBeLessThanOrEqual((ANSWERS_BURST + ANSWERS_PER_SECOND) / 2);
  });

  test("of a question that is dropped costs a guess, the parts of its chain too", () => {
    const vertex = new FakeVertex(false, new TestSigner("relay"));
    for (let i = 0; i < 2 * MISSES_BURST; i++) {
      const { packet } = questionFor(0, [77, 1_234 + i, 2], 1);
      vertex.ask(0, { packet, at: 1, cause: causeOf("unknownLabel") });
    }
    expect(vertex.sent).toHaveLength(MISSES_OF_ONE);
  });
});

describe("a neighbour who asks all the time", () => {
  test("gets so many answers in a second", () => {
    const vertex = new FakeVertex();
    for (let i = 0; i < 100_000; i++) {
      vertex.now += 0.1;
      vertex.ask(0);
    }
    expect(vertex.sent.length).toBeLessThanOrEqual(ANSWERS_BURST + 10 * ANSWERS_PER_SECOND);
    expect(vertex.answers.counts.answered + vertex.answers.counts.limited).toBe(100_000);
  });

  const seconds = runs(3_600, 300);
  test(`tries less than ${seconds} labels in ${seconds} s, whether they mean something or not`, () => {
    const vertex = new FakeVertex();
    let isExplained = 0;
    let tried = 16;
    for (; vertex.now < seconds * 1_000; vertex.now += 400) {
      vertex.ask(1_000_000 - tried);
      const answer = vertex.sent.pop();
      if (answer !== undefined && toldIn(answer.packet)?.meaning !== "untold") isExplained++;
      tried++;
    }
    const expected = seconds * (MISSES_OF_ONE / MISSES_BURST) * MISSES_PER_SECOND;
    expect(isExplained).toBeGreaterThan(expected * 0.97);
    expect(isExplained).toBeLessThanOrEqual(expected + MISSES_OF_ONE);
    // A right label is not told while no wrong label is.
    for (let i = 0; i < MISSES_OF_ONE; i++) vertex.ask(1_000_000 - tried);
    vertex.sent.length = 0;
    vertex.ask(WEB);
    expect(toldIn(vertex.sent.pop()!.packet)?.meaning).toBe("untold");
    vertex.ask(0, { packet: questionFor(0, [77, TO_C, 2]).packet, at: 1, cause: causeOf("transitDenied") });
    expect(vertex.sent).toEqual([]);
  }, 120_000);
});
