import { FORWARDING_DROP_NAMES } from "@florenetes/forwarding";
import { LABEL_CONNECTION, labelOf, payloadOf } from "@florenetes/labels";
import { describe, expect, test } from "vitest";
import { ByteReader } from "../../src/trace/bytes.ts";
import { decodeToldVertex, type ToldVertex } from "../../src/trace/told-vertex.ts";
import { answerHead, decodeAnswer } from "../../src/trace/trace-message.ts";
import { TO_A, TO_B, TO_C, WEB } from "../forwarding/recorder.ts";
import { asking, FakeVertex, ownKey, questionFor } from "./fake-vertex.ts";

function toldIn(packet: Uint8Array): ToldVertex | undefined {
  const answer = decodeAnswer(packet.subarray(payloadOf(packet, 0)))!;
  const content = asking.open(ownKey, answer.key, answerHead(answer.number, answer.key), answer.sealed);
  const reader = new ByteReader(content!);
  return decodeToldVertex(reader.bytes(reader.int(2)));
}

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
    { name: "the link that it came over", next: TO_A, told: { meaning: "link", isPermitted: false } },
    { name: "a service", next: WEB, told: { meaning: "service", service: "web" } },
    { name: "an LSP", next: 500, told: { meaning: "lsp", outLink: { peer: "b" } } },
    { name: "the end of an LSP", next: 600, told: { meaning: "lspEnd" } },
  ])("that names $name is answered on the way back", ({ next, told }) => {
    const vertex = new FakeVertex();
    vertex.ask(next);
    const [{ link, packet }] = vertex.sent as [(typeof vertex.sent)[number]];
    expect(link).toBe(0);
    expect([labelOf(packet, 0, 0), labelOf(packet, 0, 1)]).toEqual([77, LABEL_CONNECTION]);
    expect(packet.length).toBeLessThanOrEqual(1_280);
    const head = { vertex: "relay", cause: causeOf("operations"), clock: 1_000_000, inLink: { peer: "a" } };
    expect(toldIn(packet)).toMatchObject({ ...head, ...told });
  });

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

  test("by a link, after its label was written over, is answered from where it was read", () => {
    const vertex = new FakeVertex();
    const { packet } = questionFor(0, [77, TO_C, 2]);
    // `pop` has written the label of the in-link, and moved the cursor to label 2.
    packet[3] = 2;
    vertex.ask(0, { packet, at: undefined, outLink: 2, cause: causeOf("linkDown") });
    const [{ packet: answer }] = vertex.sent as [(typeof vertex.sent)[number]];
    expect([labelOf(answer, 0, 0), labelOf(answer, 0, 1)]).toEqual([77, LABEL_CONNECTION]);
    expect(toldIn(answer)).toMatchObject({
      cause: causeOf("linkDown"),
      label: TO_C,
      outLink: { peer: "c", isUp: false },
    });
  });
});

describe("a neighbour who asks all the time", () => {
  test("gets so many answers in a second", () => {
    const vertex = new FakeVertex();
    for (let i = 0; i < 100_000; i++) {
      vertex.now += 0.1;
      vertex.ask(0);
    }
    expect(vertex.sent.length).toBeLessThanOrEqual(64 + 10 * 16);
    expect(vertex.answers.counts.answered + vertex.answers.counts.limited).toBe(100_000);
  });

  test("tries 3,608 labels in an hour, whether they mean something or not", () => {
    const vertex = new FakeVertex();
    let isExplained = 0;
    let tried = 16;
    for (; vertex.now < 3_600_000; vertex.now += 400) {
      vertex.ask(1_000_000 - tried);
      const answer = vertex.sent.pop();
      if (answer !== undefined && toldIn(answer.packet)?.meaning !== "untold") isExplained++;
      tried++;
    }
    expect(isExplained).toBeGreaterThan(3_500);
    expect(isExplained).toBeLessThanOrEqual(3_608);
    // While no wrong label is told, a right one is not either.
    for (let i = 0; i < 2; i++) vertex.ask(1_000_000 - tried);
    vertex.sent.length = 0;
    vertex.ask(WEB);
    expect(toldIn(vertex.sent.pop()!.packet)?.meaning).toBe("untold");
    vertex.ask(0, { packet: questionFor(0, [77, TO_C, 2]).packet, at: 1, cause: causeOf("transitDenied") });
    expect(vertex.sent).toEqual([]);
  }, 120_000);
});
