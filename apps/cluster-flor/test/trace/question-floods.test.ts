/*
 *   a ─┐
 *      ├── … ── v ── vertex        a asks the vertex where it is while m floods it with questions, over the same link of the vertex's
 *   m ─┘
 */
import {
  labelOf,
  LABEL_OPERATIONS,
  LabelTable,
  LabelVerdict,
  payloadOf,
  FORWARDING_DROP_NAMES,
} from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import type { StoppedQuestion } from "../../src/forwarding/interfaces.ts";
import { ANSWERS_BURST } from "../../src/trace/limits.ts";
import { decodeAnswer } from "../../src/trace/trace-message.ts";
import { FakeVertex, questionFor } from "./fake-vertex.ts";

const TO_VERTEX = 300;
/** Milliseconds between two questions of a flood, which asks far more than is answered. */
const EVERY_MS = 5;

/** The vertex v of the drawing, with links to a, m and the vertex; packets may cross from each of them to the last one. */
const v = new LabelTable({
  links: [
    { name: "a", label: 301 },
    { name: "m", label: 302 },
    { name: "vertex", label: TO_VERTEX },
  ],
  services: [],
  crossConnects: [],
  lspEnds: [],
  transit: [
    [0, 2],
    [1, 2],
  ],
});

/** A question that v has taken in over one of its links and sent on. */
function through(inLink: number, labels: readonly number[] = [TO_VERTEX, LABEL_OPERATIONS]): StoppedQuestion {
  const question = questionFor(0, labels);
  const { packet } = question;
  packet[3] = labels.indexOf(TO_VERTEX);
  expect(v.process(packet, 0, packet.length, inLink)).toBe(LabelVerdict.forward);
  return question;
}

/** How many answers went to the asker with this number in the word before label 2. */
const answersBack = (vertex: FakeVertex, label: number): number =>
  vertex.sent.filter(
    ({ packet }) =>
      labelOf(packet, 0, 0) === label && decodeAnswer(packet.subarray(payloadOf(packet, 0))) !== undefined,
  ).length;

describe("beside a flood of questions", () => {
  test.each([
    { name: "to the vertex", flood: () => through(1) },
    {
      name: "that the vertex drops, so that it uses up labels that are told, too",
      flood: () => ({ ...through(1, [TO_VERTEX, 999, LABEL_OPERATIONS]), at: 1, cause: causeOf("unknownLabel") }),
    },
  ])("$name, who asks over another link of the transit vertex gets an answer each time", ({ flood }) => {
    const vertex = new FakeVertex();
    let asked = 0;
    for (; vertex.now < 12_000; vertex.now += EVERY_MS) {
      vertex.ask(0, flood());
      if (vertex.now % 400 !== 200) continue;
      asked++;
      vertex.ask(0, through(0));
      expect(answersBack(vertex, 301)).toBe(asked);
    }
    expect(asked).toBe(30);
  });

  test.each([2, 8])("that joins the way %i links before, too", (links) => {
    const vertex = new FakeVertex();
    const way = (origin: number): StoppedQuestion => {
      const shared = Array.from({ length: links - 1 }, (_, at) => 500 + at);
      return questionFor(0, [origin, ...shared, LABEL_OPERATIONS]);
    };
    let asked = 0;
    const answered = (): number => vertex.sent.filter(({ packet }) => labelOf(packet, 0, links - 1) === 78).length;
    // The flood uses up all that it may have before anybody else asks.
    for (; vertex.now < 30_000; vertex.now += EVERY_MS) {
      vertex.ask(0, way(77));
      if (vertex.now % 3_000 !== 1_500) continue;
      asked++;
      vertex.ask(0, way(78));
    }
    expect(answered()).toBe(asked);
  });

  test("whose words are made up behind its own link it gains nothing", () => {
    const vertex = new FakeVertex();
    let made = 0;
    for (; vertex.now < 8_000; vertex.now += EVERY_MS) {
      vertex.ask(0, through(1, [1_000 + made++, TO_VERTEX, LABEL_OPERATIONS]));
      if (vertex.now % 400 === 200) vertex.ask(0, through(0));
    }
    expect(answersBack(vertex, 301)).toBe(20);
    expect(answersBack(vertex, 302)).toBeLessThan(2 * ANSWERS_BURST);
  });
});

function causeOf(name: string): number {
  return FORWARDING_DROP_NAMES.indexOf(name);
}
