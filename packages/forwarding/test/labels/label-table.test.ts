import { describe, expect, test } from "vitest";
import type { LabelTableConfig } from "../../src/index.ts";
import {
  LINK_NONE,
  LabelTable,
  Operation,
  LabelVerdict,
  findTableProblems,
  wordsOf,
  writeHeader,
} from "../../src/index.ts";

const EMPTY: LabelTableConfig = { links: [], transit: [], crossConnects: [], lspEnds: [], services: [] };

function packetOf(labels: readonly number[]): Uint8Array {
  const packet = new Uint8Array(100);
  return packet.subarray(0, writeHeader(packet, 0, 1, 2, wordsOf(labels)));
}

describe("mistakes are told", () => {
  const links = [
    { name: "to-a", label: 101 },
    { name: "to-b", label: 102 },
  ];

  test.each([
    {
      config: { ...EMPTY, links, services: [{ name: "web", label: 102 }] },
      message: "link to-b and service web both have label 102: give one of them another",
    },
    {
      config: { ...EMPTY, links, services: [{ name: "web", label: 900, secondLabel: 102 }] },
      message: "link to-b and service web (second label) both have label 102: give one of them another",
    },
    {
      config: { ...EMPTY, links, lspEnds: [{ link: 1, label: 101 }] },
      message:
        "link to-a and LSP end 1 (on link to-b) both have label 101: " +
        "a label that holds for all links cannot also belong to one of them: give one of them another",
    },
    {
      config: {
        ...EMPTY,
        links,
        crossConnects: [{ from: { link: 0, label: 500 }, to: { link: 1, label: 501 } }],
        lspEnds: [
          { link: 0, label: 501 },
          { link: 1, label: 501 },
        ],
      },
      message:
        "cross-connect 1 (on link to-b) and LSP end 2 (on link to-b) both have label 501: give one of them another",
    },
    {
      config: { ...EMPTY, links, services: [{ name: "web", label: 2 }] },
      message: "service web: labels below 16 are reserved, and 2 is one: choose one from 16 to 1048575",
    },
    {
      config: { ...EMPTY, links, lspEnds: [{ link: 2, label: 500 }] },
      message: "LSP end 1 (on link number 2): there is no link number 2",
    },
    {
      config: { ...EMPTY, links, transit: [[0, 7]] as const },
      message: "transit 1: there is no link number 7",
    },
  ])("$message", ({ config, message }) => {
    expect(findTableProblems(config).map((problem) => problem.message)).toEqual([message]);
    expect(() => new LabelTable(config)).toThrow(message);
  });

  test("all of them, up to a hundred", () => {
    const services = Array.from({ length: 250 }, (_, i) => ({ name: `s${i}`, label: 4 }));
    expect(findTableProblems({ ...EMPTY, services: services.slice(0, 7) })).toHaveLength(7);
    expect(findTableProblems({ ...EMPTY, services })).toHaveLength(100);
  });

  test.each([
    { label: 16, codes: [] },
    { label: 1_048_575, codes: [] },
    { label: 1, codes: ["ERR_LABEL_RESERVED"] },
    { label: 3, codes: [] },
    { label: 4, codes: ["ERR_LABEL_RESERVED"] },
    { label: 1_048_576, codes: ["ERR_LABEL_RANGE"] },
  ])("a label of $label: $codes", ({ label, codes }) => {
    const config = { ...EMPTY, services: [{ name: "web", label }] };
    expect(findTableProblems(config).map(({ code }) => code)).toEqual(codes);
  });
});

test("label 3 is the control agent's: a service may have it, and no link", () => {
  const agent = { name: "fabric.b", label: 3 };
  const table = new LabelTable({ ...EMPTY, services: [agent] });
  const packet = packetOf([3]);
  expect(table.process(packet, 0, packet.length, 0)).toBe(LabelVerdict.deliverToService);
  const none = new LabelTable(EMPTY);
  expect(none.process(packetOf([3]), 0, packet.length, 0)).toBe(LabelVerdict.drop);
  expect(findTableProblems({ ...EMPTY, links: [agent] }).map(({ code }) => code)).toEqual(["ERR_LABEL_RESERVED"]);
});

test("each entry counts the packets that it let through, and only those", () => {
  const table = new LabelTable({
    links: [
      { name: "a", label: 101 },
      { name: "b", label: 102 },
    ],
    transit: [[1, 0]],
    crossConnects: [{ from: { link: 0, label: 500 }, to: { link: 1, label: 501 } }],
    lspEnds: [{ link: 0, label: 600 }],
    services: [{ name: "web", label: 900 }],
  });
  for (const labels of [[102, 7], [102], [500], [600, 900], [600, 102, 7], [999]]) {
    const packet = packetOf(labels);
    table.process(packet, 0, packet.length, 0);
  }
  const entries = Array.from({ length: table.size }, (_, at) => table.entry(at));
  expect(entries.map(({ label, packets }) => [label, packets])).toEqual([
    [101, 0],
    [102, 2],
    [900, 1],
    [500, 1],
    [501, 0],
    [600, 2],
  ]);
  expect(entries[3]).toEqual({
    inLink: 0,
    label: 500,
    operation: Operation.swap,
    target: 1,
    outLabel: 501,
    packets: 1,
  });
});

test("a table of a million labels finds each of them, and no other", () => {
  const services = Array.from({ length: 500_000 }, (_, i) => ({ name: "s", label: 16 + 2 * i }));
  const links = Array.from({ length: 10 }, (_, i) => ({ name: `l${i}`, label: 1_048_000 + i }));
  const lspEnds = Array.from({ length: 500_000 }, (_, i) => ({ link: i % 10, label: 17 + 2 * Math.floor(i / 10) }));
  const table = new LabelTable({ ...EMPTY, links, services, lspEnds });
  expect(table.size).toBe(1_000_010);
  const packet = packetOf([17, 16]);
  const processLabel = (label: number, inLink: number): LabelVerdict => {
    writeHeader(packet, 0, 1, 2, wordsOf([label, 16]).subarray(0, label % 2 === 0 ? 1 : 2));
    return table.process(packet, 0, packet.length, inLink);
  };
  for (let i = 0; i < 500_000; i += 499) {
    expect(processLabel(16 + 2 * i, i % 10)).toBe(LabelVerdict.deliverToService);
    expect(table.service).toBe(i);
    expect(processLabel(17 + 2 * Math.floor(i / 10), i % 10)).toBe(LabelVerdict.deliverToService);
    expect(table.service).toBe(0);
    expect(processLabel(17 + 2 * Math.floor(i / 10), LINK_NONE)).toBe(LabelVerdict.drop);
    expect(processLabel(17 + 2 * (50_000 + Math.floor(i / 2)), i % 10)).toBe(LabelVerdict.drop);
  }
});
