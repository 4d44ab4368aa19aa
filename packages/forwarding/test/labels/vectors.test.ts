import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { LabelTableConfig, LinkLabel, TrafficClassName } from "../../src/index.ts";
import {
  DROP_CAUSE_NAMES,
  LINK_NONE,
  LabelError,
  LabelTable,
  LabelVerdict,
  TRAFFIC_CLASS_NAMES,
  checkHeader,
  connectionHighOf,
  connectionLowOf,
  cursorOf,
  findTableProblems,
  hasReturnWords,
  headerSize,
  hopLimitOf,
  isMarked,
  isQuestion,
  labelCountOf,
  labelOf,
  payloadOf,
  returnWords,
  setMark,
  TrafficClass,
  setTrafficClass,
  trafficClassOf,
  wordsOf,
  writeHeader,
} from "../../src/index.ts";
import { fromHex, toHex } from "./hex.ts";

interface HeaderVectors {
  write: { name: string; connectionId: string; hopLimit: number; labels: number[]; share?: number; header: string }[];
  check: { name: string; packet: string; cause: string }[];
  answer: { name: string; packet: string; words: string[] }[];
  mark: { name: string; packet: string; result: string }[];
  class: { name: string; packet: string; class: string }[];
  question: { name: string; packet: string; isQuestion: boolean }[];
}

interface TableVector {
  links: Record<string, VectorLabels>;
  transit: [string, string][];
  permits?: { pair: [string, string]; share?: number; classes: TrafficClassName[]; rate: number }[];
  crossConnects: { from: NamedLabel; to: NamedLabel }[];
  lspEnds: NamedLabel[];
  services: Record<string, VectorLabels>;
}

/** The label that is written, or a pair of it and a second one. */
type VectorLabels = number | [number, number];

interface NamedLabel {
  link: string;
  label: number;
}

interface TableCase {
  name: string;
  table: string;
  inLink: string | null;
  packet: string;
  verdict: keyof typeof LabelVerdict;
  outLink?: string;
  service?: string;
  cause?: string;
  result?: string;
}

const header = read("header") as HeaderVectors;
const table = read("table") as { tables: Record<string, TableVector>; cases: TableCase[] };
const conflicts = read("conflicts") as { cases: { name: string; table: TableVector; codes: string[] }[] };

/** The place of a packet in its buffer must not matter. */
const MARGIN = 5;
const FILL = 0xa5;

describe("header vectors", () => {
  test.each(header.write)("write: $name", ({ connectionId, hopLimit, labels, share, header: hex }) => {
    const [high, low] = [connectionId.slice(0, 8), connectionId.slice(8)].map((half) => Number.parseInt(half, 16));
    const buffer = new Uint8Array(120).fill(FILL);
    const payload = writeHeader(buffer, MARGIN, high!, low!, wordsOf(labels, share), hopLimit);
    expect(payload).toBe(MARGIN + headerSize(labels.length));
    expect(toHex(buffer.subarray(MARGIN, payload))).toBe(hex);
    expect(buffer.subarray(0, MARGIN).every((octet) => octet === FILL)).toBe(true);
    expect(buffer.subarray(payload).every((octet) => octet === FILL)).toBe(true);

    expect(checkHeader(buffer, MARGIN, payload)).toBe(0);
    expect(connectionHighOf(buffer, MARGIN)).toBe(high);
    expect(connectionLowOf(buffer, MARGIN)).toBe(low);
    expect(hopLimitOf(buffer, MARGIN)).toBe(hopLimit);
    expect(cursorOf(buffer, MARGIN)).toBe(0);
    expect(payloadOf(buffer, MARGIN)).toBe(payload);
    expect(Array.from({ length: labelCountOf(buffer, MARGIN) }, (_, i) => labelOf(buffer, MARGIN, i))).toEqual(labels);
  });

  test.each(TRAFFIC_CLASS_NAMES)("the class %s is written, and read again", (name) => {
    const buffer = new Uint8Array(120).fill(FILL);
    const end = writeHeader(buffer, MARGIN, 1, 2, wordsOf([900]));
    setTrafficClass(buffer, MARGIN, TrafficClass[name]);
    setMark(buffer, MARGIN);
    expect(trafficClassOf(buffer, MARGIN, end)).toBe(TrafficClass[name]);
    expect(checkHeader(buffer, MARGIN, end)).toBe(0);
  });

  test.each(header.check)("check: $name", ({ packet, cause }) => {
    const { buffer, start, end } = inBuffer(packet);
    expect(DROP_CAUSE_NAMES[checkHeader(buffer, start, end)]).toBe(cause);
  });

  test.each(header.answer)("answer: $name", ({ packet, words }) => {
    const { buffer, start } = inBuffer(packet);
    const back = returnWords(buffer, start);
    expect(Array.from(back, (word) => word.toString(16).padStart(8, "0"))).toEqual(words);
    expect(hasReturnWords(buffer, start, back)).toBe(true);
    expect(hasReturnWords(buffer, start, back.subarray(1))).toBe(false);
    for (let i = 0; i < back.length - 1; i++) {
      expect(
        hasReturnWords(
          buffer,
          start,
          back.map((word, at) => (at === i ? word ^ 1 : word)),
        ),
      ).toBe(false);
    }
  });

  test.each(header.mark)("mark: $name", ({ packet, result }) => {
    const { buffer, start, end } = inBuffer(packet);
    expect(isMarked(buffer, start)).toBe(packet.startsWith("11"));
    setMark(buffer, start);
    expect(isMarked(buffer, start)).toBe(true);
    expect(toHex(buffer.subarray(start, end))).toBe(result);
    expect(checkHeader(buffer, start, end)).toBe(0);
  });
});

describe("question vectors", () => {
  test.each(header.question)("$name", ({ packet, isQuestion: expected }) => {
    const { buffer, start, end } = inBuffer(packet);
    expect(isQuestion(buffer, start, end)).toBe(expected);
  });
});

describe("class vectors", () => {
  test.each(header.class)("$name", ({ packet, class: name }) => {
    const { buffer, start, end } = inBuffer(packet);
    expect(TRAFFIC_CLASS_NAMES[trafficClassOf(buffer, start, end)]).toBe(name);
  });
});

describe("table vectors", () => {
  test.each(table.cases)("$name", (vector) => {
    const named = table.tables[vector.table]!;
    const links = Object.keys(named.links);
    const subject = new LabelTable(configOf(named));
    const { buffer, start, end } = inBuffer(vector.packet);
    const verdict = subject.process(
      buffer,
      start,
      end,
      vector.inLink === null ? LINK_NONE : links.indexOf(vector.inLink),
    );
    expect(verdict).toBe(LabelVerdict[vector.verdict]);
    if (verdict === LabelVerdict.forward) expect(links[subject.outLink]).toBe(vector.outLink);
    if (verdict === LabelVerdict.deliverToService) {
      expect(Object.keys(named.services)[subject.service]).toBe(vector.service);
    }
    if (verdict === LabelVerdict.drop) expect(DROP_CAUSE_NAMES[subject.dropCause]).toBe(vector.cause);
    expect(toHex(buffer.subarray(start, end))).toBe(vector.result ?? vector.packet);
    expect(buffer.subarray(0, start).every((octet) => octet === FILL)).toBe(true);
    expect(buffer.subarray(end).every((octet) => octet === FILL)).toBe(true);
  });

  test("every cause has a vector", () => {
    const seen = new Set(table.cases.map(({ cause }) => cause ?? "none"));
    expect(seen).toEqual(new Set(DROP_CAUSE_NAMES));
  });
});

describe("conflict vectors", () => {
  test.each(conflicts.cases)("$name", ({ table: vector, codes }) => {
    const config = configOf(vector);
    expect(findTableProblems(config).map(({ code }) => code)).toEqual(codes);
    if (codes.length === 0) expect(new LabelTable(config)).toBeInstanceOf(LabelTable);
    else expect(() => new LabelTable(config)).toThrow(LabelError);
  });
});

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
}

function inBuffer(hex: string): { buffer: Uint8Array; start: number; end: number } {
  const packet = fromHex(hex);
  const buffer = new Uint8Array(packet.length + 2 * MARGIN).fill(FILL);
  buffer.set(packet, MARGIN);
  return { buffer, start: MARGIN, end: MARGIN + packet.length };
}

function configOf(vector: TableVector): LabelTableConfig {
  const names = Object.keys(vector.links);
  const resolve = ({ link, label }: NamedLabel): LinkLabel => ({ link: names.indexOf(link), label });
  return {
    links: Object.entries(vector.links).map(ownerOf),
    transit: vector.transit.map(([a, b]) => [names.indexOf(a), names.indexOf(b)] as const),
    permits: vector.permits?.map(({ pair: [a, b], share, classes, rate }) => ({
      pair: [names.indexOf(a), names.indexOf(b)] as const,
      share,
      allowance: { classes: classes.reduce((set, name) => set | (1 << TrafficClass[name]), 0), bitsPerSecond: rate },
    })),
    crossConnects: vector.crossConnects.map(({ from, to }) => ({ from: resolve(from), to: resolve(to) })),
    lspEnds: vector.lspEnds.map(resolve),
    services: Object.entries(vector.services).map(ownerOf),
  };
}

function ownerOf([name, labels]: [string, VectorLabels]): { name: string; label: number; secondLabel?: number } {
  return typeof labels === "number" ? { name, label: labels } : { name, label: labels[0], secondLabel: labels[1] };
}
