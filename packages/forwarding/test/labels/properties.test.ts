import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LabelTable } from "../../src/index.ts";
import {
  DROP_CAUSE_NAMES,
  LABEL_COUNT_MAX,
  LABEL_MAX,
  LINK_NONE,
  LabelVerdict,
  connectionHighOf,
  connectionLowOf,
  labelCountOf,
  payloadOf,
  returnWords,
  wordsOf,
  writeHeader,
} from "../../src/index.ts";
import type { MeshPath } from "./mesh.ts";
import { Mesh } from "./mesh.ts";
import { processNaively } from "./naive-table.ts";

const HIGH = 0x80000001;
const LOW = 0xfffffffe;
const PAYLOAD = [0xc0, 0xff, 0xee];
const STEPS_MAX = 40;

/** A failure names the seed: a mesh is too tangled to be made smaller step by step. */
const seeds = fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff }));

describe("every path over every mesh", () => {
  test("arrives, and its answer retraces it", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const mesh = new Mesh(random);
        const paths = Array.from({ length: 4 }, () => mesh.addPath());
        const tables = mesh.tables();
        for (const path of paths) {
          expect(path.labels.length).toBeLessThanOrEqual(LABEL_COUNT_MAX);
          expectThereAndBack(mesh, tables, path, random.below(0x1000));
        }
      }),
      { numRuns: runs(3000, 1000) },
    );
  });

  test("means LSPs at every place of a path, several of them, parallel links and circles", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 2000; seed++) {
      const mesh = new Mesh(new Random(seed));
      const { hops, edges, labels } = mesh.addPath();
      if (hops.length === 0) seen.add("no link");
      if (hops.length === 1) seen.add(hops[0] ? "an LSP alone" : "a link alone");
      if (hops.length > 1 && hops[0]) seen.add("LSP at the start");
      if (hops.length > 1 && hops.at(-1)) seen.add("LSP at the end");
      if (hops.slice(1, -1).includes(true)) seen.add("LSP in the middle");
      if (hops.filter(Boolean).length > 1) seen.add("several LSPs");
      if (new Set(edges).size < edges.length) seen.add("a link twice");
      if (labels.length === LABEL_COUNT_MAX) seen.add("a full header");
      for (const { links } of mesh.vertices) {
        if (new Set(links.map(({ far }) => far.vertex)).size < links.length) seen.add("parallel links");
      }
    }
    expect(seen.size, [...seen].join(", ")).toBe(10);
  });
});

function expectThereAndBack(mesh: Mesh, tables: LabelTable[], path: MeshPath, low: number): void {
  const firstLink = path.firstLink ?? LINK_NONE;
  const words = wordsOf(path.labels).map((word) => word | low);
  const packet = packetOf(words);
  const there = carry(mesh, tables, packet, path.origin, firstLink);
  expect(there.verdict).toBe(LabelVerdict.deliverToService);
  expect(tables[there.vertex]!.service).toBe(path.service);
  expect(there.edges).toEqual(path.edges);
  expectUntouched(packet, path.labels.length);

  const answer = packetOf(returnWords(packet, 0));
  expect(answer.length).toBe(packet.length);
  const back = carry(mesh, tables, answer, there.vertex, there.inLink);
  expect(back.verdict).toBe(LabelVerdict.deliverToConnection);
  expect(back.edges).toEqual(path.edges.toReversed());
  expect([back.vertex, back.inLink]).toEqual([path.origin, firstLink]);
  expectUntouched(answer, path.labels.length);
  // The answer brings the path itself to the origin: a hop with two labels appears by its first. Only words that no `pop` has written keep a share.
  const brought = [...returnWords(answer, 0)];
  expect(brought.map((word) => word >>> 12)).toEqual([...path.written, 1]);
  for (const word of brought.slice(0, -1)) expect([0, low]).toContain(word & 0xfff);
  if (!path.hops.includes(true)) expect(brought).toEqual([...wordsOf([...path.written, 1])]);
}

interface Arrival {
  readonly verdict: LabelVerdict;
  readonly vertex: number;
  readonly inLink: number;
  readonly edges: readonly number[];
}

/** Carries a packet from vertex to vertex until one of them does not send it on. */
function carry(mesh: Mesh, tables: LabelTable[], packet: Uint8Array, origin: number, firstLink: number): Arrival {
  let vertex = origin;
  let inLink = LINK_NONE;
  let outLink = firstLink;
  const edges: number[] = [];
  for (let step = 0; step < STEPS_MAX; step++) {
    if (outLink !== LINK_NONE) {
      const { edge, far } = mesh.vertices[vertex]!.links[outLink]!;
      edges.push(edge);
      vertex = far.vertex;
      inLink = far.link;
    }
    const verdict = tables[vertex]!.process(packet, 0, packet.length, inLink);
    if (verdict !== LabelVerdict.forward) return { verdict, vertex, inLink, edges };
    outLink = tables[vertex]!.outLink;
  }
  throw new Error("the packet circles");
}

function packetOf(words: Uint32Array): Uint8Array {
  const packet = new Uint8Array(12 + 4 * words.length + PAYLOAD.length);
  packet.set(PAYLOAD, writeHeader(packet, 0, HIGH, LOW, words));
  return packet;
}

function expectUntouched(packet: Uint8Array, labelCount: number): void {
  expect(labelCountOf(packet, 0)).toBe(labelCount);
  expect(connectionHighOf(packet, 0)).toBe(HIGH);
  expect(connectionLowOf(packet, 0)).toBe(LOW);
  expect([...packet.subarray(payloadOf(packet, 0))]).toEqual(PAYLOAD);
}

describe("any packet at any vertex", () => {
  test("is treated as the plain reading of the rules says", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const mesh = new Mesh(random);
        for (let i = 0; i < 2; i++) mesh.addPath();
        mesh.addPermits();
        const tables = mesh.tables();
        for (let i = 0; i < 30; i++) {
          const at = random.below(mesh.vertices.length);
          const inLink = random.between(LINK_NONE, mesh.vertices[at]!.links.length - 1);
          seen.add(expectAgreement(mesh, tables, at, likelyPacket(mesh, at, random), inLink));
        }
      }),
      { numRuns: runs(1000, 400) },
    );
    expect(seen).toEqual(new Set([...DROP_CAUSE_NAMES.slice(1), "link", "a share", "service", "connection"]));
  });

  test("crashes nothing, whatever its bytes", () => {
    fc.assert(
      fc.property(seeds, fc.uint8Array({ maxLength: 100 }), (seed, bytes) => {
        const mesh = new Mesh(new Random(seed));
        const tables = mesh.tables();
        for (let inLink = LINK_NONE; inLink < mesh.vertices[0]!.links.length; inLink++) {
          expectAgreement(mesh, tables, 0, [...bytes], inLink);
        }
      }),
      { numRuns: runs(1000, 400) },
    );
  });
});

/** A packet that has a good chance to mean something at the vertex. */
function likelyPacket(mesh: Mesh, at: number, random: Random): number[] {
  const { everywhere, byLink } = mesh.vertices[at]!;
  const lspLabels = byLink.flatMap((labels) => [...labels]);
  const known = [...everywhere, ...lspLabels, ...lspLabels, 1];
  const count = random.between(random.chance(0.95) ? 1 : 0, random.chance(0.95) ? 4 : 17);
  const words = Array.from({ length: count }, () => {
    if (random.chance(0.85)) return random.pick(known);
    return random.chance(0.5) ? random.below(21) : random.below(LABEL_MAX + 1);
  }).flatMap((label) => {
    const rest = random.chance(0.8) ? random.below(4) : random.below(0x1000);
    return [label >>> 12, (label >>> 4) & 255, ((label & 15) << 4) | (rest >>> 8), rest & 255];
  });
  const first = random.chance(0.95) ? random.between(16, 31) : random.below(256);
  const hopLimit = random.below(random.chance(0.3) ? 4 : 256);
  const cursor = random.chance(0.95) ? random.below(count) : random.below(256);
  const packet = [first, hopLimit, count, cursor, 1, 2, 3, 4, 5, 6, 7, 8, ...words, ...PAYLOAD];
  return random.chance(0.95) ? packet : packet.slice(0, random.below(packet.length));
}

/** Compares the table with the naive one, and returns the result of both for the packet. */
function expectAgreement(
  mesh: Mesh,
  tables: LabelTable[],
  at: number,
  input: readonly number[],
  inLink: number,
): string {
  const table = tables[at]!;
  const packet = Uint8Array.from(input);
  const verdict = table.process(packet, 0, packet.length, inLink);
  const naive = processNaively(mesh.vertices[at]!, input, inLink);
  if ("cause" in naive) {
    expect(verdict).toBe(LabelVerdict.drop);
    expect(DROP_CAUSE_NAMES[table.dropCause]).toBe(naive.cause);
    expect([...packet]).toEqual(input);
    return naive.cause;
  }
  expect([...packet]).toEqual(naive.packet);
  if (naive.to === "link") expect([verdict, table.outLink]).toEqual([LabelVerdict.forward, naive.index]);
  if (naive.to === "link" && (table.charged?.share ?? 0) !== 0) return "a share";
  if (naive.to === "service") expect([verdict, table.service]).toEqual([LabelVerdict.deliverToService, naive.index]);
  if (naive.to === "connection") expect(verdict).toBe(LabelVerdict.deliverToConnection);
  return naive.to;
}
